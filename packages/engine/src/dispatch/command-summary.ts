// What `listCommands` and the documentation show of a command.

export interface CommandSummary {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly help: string;
  readonly adminOnly?: boolean;
  readonly stableApi?: boolean;
  readonly access: { readonly kind: 'public' | 'authenticated' | 'privileges' };
}
