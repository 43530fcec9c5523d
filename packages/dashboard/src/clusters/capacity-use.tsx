// How much of one of its limits a cluster uses.
import { Progress, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';

interface Properties {
  readonly name: string;
  readonly cluster: string;
  readonly capacity: { readonly used: number | null; readonly max: number | null };
  readonly show: (value: number) => string;
}

/** As the alerts have it. */
const warnAt = 0.8;

export function CapacityUse({ name, cluster, capacity: { used, max }, show }: Properties): ReactNode {
  const share = used === null || max === null ? undefined : used / Math.max(1, max);
  const words = `${used === null ? 'not measured' : show(used)}${max === null ? '' : ` of ${show(max)}`}`;
  return (
    <Stack gap={2} style={{ flex: '1 1 8rem', minWidth: 0 }}>
      <Text size="sm"><Text span c="dimmed">{name}</Text> {words}</Text>
      {share !== undefined && (
        <Progress.Root size="sm">
          <Progress.Section value={Math.min(100, share * 100)} color={share >= 1 ? 'red' : share >= warnAt ? 'orange' : 'teal'} aria-label={`${name} of ${cluster}: ${words}`} />
        </Progress.Root>
      )}
    </Stack>
  );
}
