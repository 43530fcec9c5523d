// How much of its quota a database uses, and how full it was found.
import type { Database, QuotaLevel } from '@freehold/api';
import { Badge, Group, Progress, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { size } from '../platform/size.js';

const levels: Readonly<Record<QuotaLevel, { readonly color: string; readonly words: string | null }>> = {
  normal: { color: 'teal', words: null },
  above_80_percent: { color: 'yellow', words: 'over 80 %' },
  above_95_percent: { color: 'orange', words: 'over 95 %' },
  exceeded: { color: 'red', words: 'over quota' },
};

export function QuotaUse({ database }: { readonly database: Database }): ReactNode {
  const { quota_mb: quotaMb, current_size_mb: usedMb, quota_level: level } = database;
  const { color, words } = levels[level];
  return (
    <Stack gap={4}>
      <Group gap="xs" wrap="nowrap">
        <Text size="sm">{quotaMb === null ? size(usedMb) : `${size(usedMb)} of ${size(quotaMb)}`}</Text>
        {words !== null && <Badge color={color} variant="light" size="sm">{words}</Badge>}
      </Group>
      {quotaMb !== null && <Progress value={Math.min(100, (usedMb / quotaMb) * 100)} color={color} size="xs" aria-label={`Quota use of ${database.name}`} />}
    </Stack>
  );
}
