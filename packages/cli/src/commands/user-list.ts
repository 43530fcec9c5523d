// Lists users, a page at a time.
import type { CommandDefinition } from '../command.js';
import { megabytes, table, when } from '../present.js';

export const userList: CommandDefinition = {
  path: ['user', 'list'],
  summary: 'list users (operators)',
  options: [
    { flags: '-s, --search <text>', description: 'the beginning of the e-mail address, or a whole id' },
    { flags: '--plan <plan>', description: 'only those on this plan' },
    { flags: '--disabled', description: 'only those whose account is disabled' },
    { flags: '--limit <count>', description: 'how many at most', defaultValue: '100' },
    { flags: '--cursor <cursor>', description: 'where the page before ended' },
  ],
  run: async (context, _positional, options) => {
    const text = (name: string): string | undefined => (typeof options[name] === 'string' ? options[name] : undefined);
    const [search, plan, cursor] = [text('search'), text('plan'), text('cursor')];
    const page = await context.client().admin.listUsers({
      limit: Number(options['limit']), ...(search === undefined ? {} : { search }), ...(plan === undefined ? {} : { plan }), ...(cursor === undefined ? {} : { cursor }),
      ...(options['disabled'] === true ? { disabled: true } : {}),
    });
    const rows = page.items.map((user) => [
      user.id, user.email, user.role, user.plan, String(user.database_count), megabytes(user.used_mb), user.disabled ? 'disabled' : 'active', when(user.created_at),
    ]);
    const rest = page.next_cursor === null ? '' : `\nThere are more: --cursor ${page.next_cursor}`;
    return { data: page, text: table(['id', 'e-mail', 'role', 'plan', 'databases', 'size', 'account', 'made'], rows, 'No such users.') + rest };
  },
};
