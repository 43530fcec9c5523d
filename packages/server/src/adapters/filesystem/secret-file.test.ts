import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Secret } from '../../domain/secret.js';
import { readOrMakeSecretFile } from './secret-file.js';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'freehold-secret-file-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

it('makes the file once, for its owner alone, and leaves nothing else behind', () => {
  const path = join(folder, 'secret');
  const made = readOrMakeSecretFile(path, () => new Secret('first'));
  const read = readOrMakeSecretFile(path, () => new Secret('second'));
  expect([made.isNew, made.secret.reveal(), read.isNew, read.secret.reveal()]).toEqual([true, 'first', false, 'first']);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual(['secret']);
});

it('is not misled by the draft of a process that died while it wrote', () => {
  const path = join(folder, 'secret');
  writeFileSync(`${path}.4242`, 'half');
  expect(readOrMakeSecretFile(path, () => new Secret('whole')).secret.reveal()).toBe('whole');
  expect(readFileSync(path, 'utf8')).toBe('whole');
});

it('never replaces a file that another process made in the meantime', () => {
  const path = join(folder, 'secret');
  const { secret, isNew } = readOrMakeSecretFile(path, () => {
    writeFileSync(path, 'theirs');
    return new Secret('mine');
  });
  expect([isNew, secret.reveal(), readFileSync(path, 'utf8')]).toEqual([false, 'theirs', 'theirs']);
});
