// The forms in which platforms store the passwords that people sign in with, told from the text alone. Ours is Argon2 as a PHC string; what
// others have written is verified, and replaced when its user signs in.

export type ForeignHashKind = 'bcrypt' | 'scrypt' | 'pbkdf2';
export type PasswordHashKind = ForeignHashKind | 'argon2' | 'unknown';

const forms: Readonly<Record<Exclude<PasswordHashKind, 'unknown'>, RegExp>> = {
  // Django writes its own name before the PHC string.
  argon2: /^(argon2)?\$argon2(id|i|d)\$/u,
  // Modular crypt format; Django has `bcrypt$` or `bcrypt_sha256$` before it.
  bcrypt: /^(bcrypt\$|bcrypt_sha256\$)?\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}$/u,
  // Werkzeug, Django, passlib.
  scrypt: /^(scrypt:\d+:\d+:\d+\$|scrypt\$\d+\$|\$scrypt\$ln=\d+,r=\d+,p=\d+\$)/u,
  pbkdf2: /^(pbkdf2:sha(1|256|512):\d+\$|pbkdf2_sha(1|256)\$\d+\$|\$pbkdf2(-sha(256|512))?\$\d+\$)/u,
};

/** What kind of hash this is. */
export function passwordHashKind(text: string): PasswordHashKind {
  const [kind] = Object.entries(forms).find(([, form]) => form.test(text)) ?? ['unknown'];
  return kind as PasswordHashKind;
}
