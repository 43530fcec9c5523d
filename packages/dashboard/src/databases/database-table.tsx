// The databases of a page, one a row.
import type { Database, DatabaseStatus, WriteBlock } from '@freehold/api';
import { Badge, Button, Group, Table, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { QuotaUse } from './quota-use.js';

const statusColors: Readonly<Record<DatabaseStatus, string>> = { provisioning: 'blue', active: 'teal', migrating: 'blue', deleting: 'orange', failed: 'red' };

const blockWords: Readonly<Record<WriteBlock, string>> = {
  suspended: 'suspended', moved: 'read-only: moved', quota_exceeded: 'read-only: over quota', moving: 'writes may wait',
};

interface Properties {
  readonly databases: readonly Database[];
  readonly onShowUri: (database: Database) => void;
}

function DatabaseRow({ database, onShowUri }: { readonly database: Database; readonly onShowUri: (database: Database) => void }): ReactNode {
  return (
    <Table.Tr>
      <Table.Td>
        <Group gap="xs">
          <Text fw={500}>{database.name}</Text>
          {database.is_default && <Badge variant="outline" size="sm">default</Badge>}
        </Group>
        <Text size="xs" c="dimmed">{database.description ?? ''}</Text>
      </Table.Td>
      <Table.Td>
        <Group gap={4}>
          <Badge color={statusColors[database.status]} variant="light">{database.status}</Badge>
          {database.write_block !== null && <Badge color="red" variant="light">{blockWords[database.write_block]}</Badge>}
        </Group>
      </Table.Td>
      <Table.Td>{database.environment}</Table.Td>
      <Table.Td><QuotaUse database={database} /></Table.Td>
      <Table.Td>{database.app_count}</Table.Td>
      <Table.Td>{new Date(database.created_at).toLocaleDateString()}</Table.Td>
      <Table.Td>
        <Button size="xs" variant="light" disabled={database.status !== 'active'} onClick={() => onShowUri(database)} aria-label={`Show the URI of ${database.name}`}>
          URI
        </Button>
      </Table.Td>
    </Table.Tr>
  );
}

export function DatabaseTable({ databases, onShowUri }: Properties): ReactNode {
  return (
    <Table.ScrollContainer minWidth={720}>
      <Table verticalSpacing="sm" aria-label="Databases">
        <Table.Thead>
          <Table.Tr>
            {['Name', 'Status', 'Environment', 'Size', 'Apps', 'Created'].map((heading) => <Table.Th key={heading}>{heading}</Table.Th>)}
            <Table.Th aria-label="Actions" />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {databases.map((database) => <DatabaseRow key={database.id} database={database} onShowUri={onShowUri} />)}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
