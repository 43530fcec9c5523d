// The first page: one's databases.
import type { Database } from '@freehold/api';
import { Button, Center, Group, Loader, Pagination, Stack, Text, TextInput, Title } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState, type ReactNode } from 'react';
import { LimitsSummary } from '../limits/limits-summary.js';
import { FailureAlert } from '../platform/failure-alert.js';
import { PageFrame } from '../platform/page-frame.js';
import { ConnectionDialog } from './connection-dialog.js';
import { CreateDatabaseDialog } from './create-database-dialog.js';
import { DatabaseTable } from './database-table.js';
import { pageSize, useDatabases } from './queries.js';

function NoDatabases({ onCreate }: { readonly onCreate: () => void }): ReactNode {
  return (
    <Center py={80}>
      <Stack align="center">
        <Text c="dimmed">You have no databases yet.</Text>
        <Button onClick={onCreate}>Create the first one</Button>
      </Stack>
    </Center>
  );
}

export function DatabasesPage(): ReactNode {
  const [page, setPage] = useState(1);
  const [search, setSearch] = useState('');
  const [debouncedSearch] = useDebouncedValue(search.trim(), 250);
  const [isCreating, setIsCreating] = useState(false);
  const [connecting, setConnecting] = useState<Database>();
  const { data, error, isPending } = useDatabases(page, debouncedSearch);

  const isEmpty = data?.total === 0 && debouncedSearch === '';
  return (
    <PageFrame>
      <Group justify="space-between" mb="lg">
        <Title order={1} size="h2">Databases</Title>
        <Button onClick={() => setIsCreating(true)}>New database</Button>
      </Group>
      <FailureAlert error={error} />
      <LimitsSummary />
      {isPending && <Center py={80}><Loader /></Center>}
      {isEmpty && <NoDatabases onCreate={() => setIsCreating(true)} />}
      {data !== undefined && !isEmpty && (
        <Stack>
          <TextInput
            placeholder="Search" aria-label="Search" value={search}
            onChange={(event) => { setSearch(event.currentTarget.value); setPage(1); }}
          />
          {data.items.length > 0 ? <DatabaseTable databases={data.items} onShowUri={setConnecting} /> : <Text c="dimmed">Nothing matches.</Text>}
          {data.total > pageSize && <Pagination total={Math.ceil(data.total / pageSize)} value={page} onChange={setPage} />}
        </Stack>
      )}
      <CreateDatabaseDialog isOpen={isCreating} onClose={() => setIsCreating(false)} />
      <ConnectionDialog database={connecting} onClose={() => setConnecting(undefined)} />
    </PageFrame>
  );
}
