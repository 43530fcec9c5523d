import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const source = fileURLToPath(new URL('..', import.meta.url));
const writeToUsers = /(?:users|usersOf\([^)]*\)|controlCollections\.users\)|collection(?:<[^(]*>)?\('users'\))\s*\.(?:update|replace|insert|delete|findOneAnd|bulkWrite)\w*\(/giu;

/** Who writes to users beside the one place that is meant for their databases, and why that needs no rows. */
const others: Readonly<Record<string, string>> = {
  'accounts-store.ts': 'accounts, which begin without databases',
  'count-limit.ts': 'a number that makes two transactions meet',
  'databases-settle.ts': 'the mark that says that there are rows',
  'legacy-brought-users.ts': 'users who come from elsewhere, with one database',
  'legacy-users-store.ts': 'the key by which an e-mail address is found',
  'users-directory.ts': 'plans, limits and whether an account is disabled',
};

interface Write {
  readonly file: string;
  /** The call, with what it is given. */
  readonly call: string;
}

/** The text from an opening parenthesis to the one that closes it. */
function argumentsAt(text: string, open: number): string {
  let depth = 0;
  for (let index = open; index < text.length; index += 1) {
    if (text[index] === '(') depth += 1;
    if (text[index] === ')') depth -= 1;
    if (depth === 0) return text.slice(open, index + 1);
  }
  return text.slice(open);
}

function writesToUsers(): readonly Write[] {
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) => /\.ts$/u.test(file) && !/\.(?:test|fixture)\.ts$/u.test(file));
  return files.flatMap((file) => {
    const text = readFileSync(join(source, file), 'utf8');
    return [...text.matchAll(writeToUsers)].map((match) => ({ file: file.slice(file.lastIndexOf('/') + 1), call: match[0] + argumentsAt(text, match.index + match[0].length - 1) }));
  });
}

describe('entries of users’ databases', () => {
  it('are changed in one place alone, which brings rows after them', () => {
    const writes = writesToUsers();
    expect(writes.filter(({ file }) => file === 'databases-write.ts')).toHaveLength(2);
    const elsewhere = writes.filter(({ file }) => file !== 'databases-write.ts');
    expect(elsewhere.filter(({ file }) => !Object.hasOwn(others, file)), 'whoever writes to users says here what, and uses writeDatabases for databases').toEqual([]);
    expect(elsewhere.filter(({ call }) => /\bdatabases\b|default_database_id/u.test(call))).toEqual([]);
  });
});
