// `profile`: what of a database's operations is written down in `system.profile`. Source: the manual's page "profile".
import type { RawDocument, RawValue } from '../bson/raw-value.js';
import { documentValue } from '../bson/raw-value.js';
import { BsonType } from '../bson/types.js';
import { encodeDocument } from '../bson/values.js';
import { DocumentWriter } from '../bson/writer.js';
import { defineCommand } from '../dispatch/command.js';
import type { ProfileFilter, ProfilingLevel } from '../dispatch/profiler.js';
import { CommandError } from '../errors.js';
import { constantEnvironment } from '../execution/environment.js';
import { compileFilter } from '../query/match/compile-filter.js';

/** Asks for the level and leaves it. */
const askOnly = -1;

export const profile = defineCommand({
  name: 'profile',
  help: 'Sets what of the database\'s operations is written to system.profile: nothing (0), what is slow (1), everything (2); -1 asks.',
  fields: { profile: { kind: 'integer', required: true }, slowms: 'integer', sampleRate: 'number', filter: 'any' },
  access: {
    kind: 'privileges',
    // To see the level is to see what is profiled.
    required: ({ profile: level, slowms, sampleRate, filter }, database) => [
      level === askOnly && slowms === undefined && sampleRate === undefined && filter === undefined
        ? { resource: { database, collection: 'system.profile' }, actions: ['find'] }
        : { resource: { database, collection: '' }, actions: ['enableProfiler'] },
    ],
  },
  run({ profile: level, slowms, sampleRate, filter }, { services, database }) {
    const { profiler, log } = services;
    const was = profiler.of(database);
    const before = { was: was.level, slowms: profiler.slow_ms, sampleRate: profiler.sampleRate };
    if (sampleRate !== undefined && (sampleRate < 0 || sampleRate > 1)) throw new CommandError('BadValue', "'sampleRate' must be between 0.0 and 1.0 inclusive");
    const chosen = filter === undefined ? was.filter : filterOf(filter);
    profiler.slow_ms = slowms ?? profiler.slow_ms;
    profiler.sampleRate = sampleRate ?? profiler.sampleRate;
    // As in MongoDB, a level that there is not is a question as well.
    const next = isLevel(level) ? level : was.level;
    profiler.set(database, { level: next, filter: chosen });
    if (next !== was.level) log.write('info', 'profiler.set', { database, level: next });
    return reply(before, was.filter);
  },
});

function isLevel(level: number): level is ProfilingLevel {
  return level === 0 || level === 1 || level === 2;
}

/** A filter, or `"unset"`. */
function filterOf(value: RawValue): ProfileFilter | undefined {
  if (value.type === BsonType.string && value.string() === 'unset') return undefined;
  if (value.type !== BsonType.object) throw new CommandError('BadValue', "Expected an object or the string \"unset\" for 'filter'");
  const document = Buffer.from(value.document());
  const matcher = compileFilter(document, constantEnvironment);
  return { document, matches: (profiled) => matcher.matches(documentValue(profiled)) };
}

function reply(before: Readonly<Record<string, number>>, filter: ProfileFilter | undefined): RawDocument {
  const base = encodeDocument(before);
  const writer = new DocumentWriter().appendElements(base, 4, base.length - 1);
  if (filter !== undefined) {
    writer.document('filter', filter.document);
    writer.string('note', 'When a filter expression is set, slowms and sampleRate are not used for profiling and slow-query log lines.');
  }
  return writer.finish();
}
