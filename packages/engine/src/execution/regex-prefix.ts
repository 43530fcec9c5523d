// The text that every match of a regular expression begins with, where that can be seen.
// Source: the manual's "$regex", "Index Use".

const special = new Set('\\^$.|?*+()[]{}');

/** The literal behind a leading `^` (or `\A`), or undefined where the expression is not anchored or ignores case. */
export function regexPrefix(pattern: string, options: string): string | undefined {
  if (/[imx]/.test(options) || pattern.includes('|')) return undefined;
  const body = pattern.startsWith('^') ? pattern.slice(1) : pattern.startsWith('\\A') ? pattern.slice(2) : undefined;
  if (body === undefined) return undefined;
  const literal = leadingLiteral(body);
  return literal === '' ? undefined : literal;
}

function leadingLiteral(body: string): string {
  const characters = Array.from(body);
  let literal = '';
  for (let i = 0; i < characters.length; i += 1) {
    const [character, width] = literalAt(characters, i);
    if (character === undefined) break;
    const following = characters[i + width];
    // A quantifier that allows no occurrence takes the character before it away again.
    if (following === '?' || following === '*' || following === '{') break;
    literal += character;
    i += width - 1;
  }
  return literal;
}

/** The character that stands for itself at this place (escaped punctuation included) and how many characters it takes up. */
function literalAt(characters: readonly string[], index: number): readonly [string | undefined, number] {
  const character = characters[index]!;
  if (character === '\\') {
    const escaped = characters[index + 1];
    return escaped !== undefined && !/[A-Za-z0-9]/.test(escaped) ? [escaped, 2] : [undefined, 0];
  }
  return special.has(character) ? [undefined, 0] : [character, 1];
}
