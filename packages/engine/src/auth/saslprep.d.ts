// The package ships no types.
declare module 'saslprep' {
  /** Normalises by RFC 4013; throws for forbidden characters. */
  export default function saslprep(text: string, options?: { readonly allowUnassigned?: boolean }): string;
}
