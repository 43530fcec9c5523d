// PCRE's patterns are translated; what has no translation is refused rather than matched otherwise.
import { expect, it } from 'vitest';
import { serverError } from '../compat/engine.fixture.js';
import { describeRefusals, find, startedEngine } from './refusals.fixture.js';

describeRefusals('a pattern', [
  ['has no possessive quantifiers', find({ a: { $regex: 'a++b' } }), 51091, /possessive quantifiers are not supported/u],
  ['has no atomic groups', find({ a: { $regex: '(?>a)b' } }), 51091, /\(\?>/u],
  ['does not recurse', find({ a: { $regex: '(a(?R)?b)' } }), 51091, /\(\?R/u],
  ['has no verbs', find({ a: { $regex: '(*FAIL)' } }), 51091, /\(\*/u],
]);

const engine = startedEngine();

it.each(['query', 'expression', 'validator'])('a search that would take minutes is stopped in a %s, and others are served', async (where) => {
  const database = engine().client.db('differences');
  const text = `${'a'.repeat(60)}!`;
  const endless = database.collection(`endless_${where}`);
  await endless.insertOne({ text });
  const asked = {
    query: () => endless.findOne({ text: { $regex: '^(a+)+$' } }),
    expression: () => endless.aggregate([{ $project: { found: { $regexFind: { input: '$text', regex: '^(a+)+$' } } } }]).toArray(),
    validator: async () => {
      await database.command({ collMod: endless.collectionName, validator: { $jsonSchema: { properties: { text: { pattern: '^(a+)+$' } } } } });
      return endless.insertOne({ text });
    },
  }[where]!;
  expect(await serverError(asked())).toMatchObject({ code: 51156, message: expect.stringContaining('match limit exceeded') as string });
  expect(await endless.countDocuments()).toBe(1);
});

it.each([
  ['(?i)ana', 'ANA'], ['^\\Aa', 'ab'], ['[[:digit:]]+$', 'x12'], ['\\x61\\z', 'ba'], ['(?<word>a)\\k<word>', 'aa'],
])('the PCRE pattern %s is understood', async (pattern, text) => {
  const texts = engine().client.db('differences').collection('texts');
  await texts.deleteMany({});
  await texts.insertOne({ text });
  expect(await texts.countDocuments({ text: { $regex: pattern } })).toBe(1);
});
