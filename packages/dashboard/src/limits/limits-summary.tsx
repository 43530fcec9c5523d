// What one holds and may hold, in one line above the list.
import { Group, Paper, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { client } from '../platform/client.js';
import { size } from '../platform/size.js';

function useLimits() {
  return useQuery({ queryKey: ['limits'], queryFn: ({ signal }) => client.limits.get({}, { signal }) });
}

function Held({ name, used, limit, show }: { readonly name: string; readonly used: number; readonly limit: number | null; readonly show: (value: number) => string }): ReactNode {
  const isUsedUp = limit !== null && used >= limit;
  return (
    <Text size="sm" c={isUsedUp ? 'red' : 'dimmed'}>
      <Text span fw={500}>{show(used)}</Text>{limit === null ? '' : ` of ${show(limit)}`} {name}
    </Text>
  );
}

export function LimitsSummary(): ReactNode {
  const { data } = useLimits();
  if (data === undefined) return null;
  const { limits, quota, plan } = data;
  return (
    <Paper withBorder p="xs" mb="md" role="group" aria-label="Limits">
      <Group gap="lg">
        <Text size="sm" c="dimmed">Plan <Text span fw={500}>{plan}</Text></Text>
        <Held name="databases" used={limits.max_databases.used ?? 0} limit={limits.max_databases.limit} show={String} />
        <Held name="apps" used={limits.max_apps.used ?? 0} limit={limits.max_apps.limit} show={String} />
        <Held name="API tokens" used={limits.max_tokens.used ?? 0} limit={limits.max_tokens.limit} show={String} />
        <Held name="stored" used={quota.used_mb} limit={quota.total_mb} show={size} />
        {quota.total_mb !== null && <Held name="promised" used={quota.promised_mb} limit={quota.total_mb} show={size} />}
      </Group>
    </Paper>
  );
}
