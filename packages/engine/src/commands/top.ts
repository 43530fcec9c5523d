// `top`: time spent per namespace. Source: the manual's page "top".
import { Long, type Document } from 'bson';
import { encodeDocument } from '../bson/values.js';
import { defineCommand } from '../dispatch/command.js';
import type { NamespaceUsage, UsageKind } from '../dispatch/metrics.js';

const readKinds: readonly UsageKind[] = ['queries', 'getmore'];
const writeKinds: readonly UsageKind[] = ['insert', 'update', 'remove'];

export const top = defineCommand({
  name: 'top',
  help: 'Shows how much time was spent on which collection.',
  fields: { top: 'any' },
  access: { kind: 'privileges', required: () => [{ resource: { cluster: true }, actions: ['top'] }] },
  adminOnly: true,
  run(_fields, { services }) {
    const totals = [...services.metrics.allNamespaces()].map(([namespace, { usage }]) => [namespace, describe(usage)] as const);
    return encodeDocument({ totals: { note: 'all times in microseconds', ...Object.fromEntries(totals) } });
  },
});

function describe(usage: Readonly<Record<UsageKind, NamespaceUsage>>): Document {
  const kinds = Object.keys(usage) as UsageKind[];
  return {
    total: sum(usage, kinds),
    readLock: sum(usage, readKinds),
    writeLock: sum(usage, writeKinds),
    ...Object.fromEntries(kinds.map((kind) => [kind, sum(usage, [kind])])),
  };
}

function sum(usage: Readonly<Record<UsageKind, NamespaceUsage>>, kinds: readonly UsageKind[]): Document {
  const time = kinds.reduce((total, kind) => total + usage[kind].time_us, 0);
  const count = kinds.reduce((total, kind) => total + usage[kind].count, 0);
  return { time: Long.fromNumber(Math.round(time)), count: Long.fromNumber(count) };
}
