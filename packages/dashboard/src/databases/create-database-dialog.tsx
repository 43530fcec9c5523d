// Makes a database, then shows its URI.
import { databaseEnvironments, type DatabaseEnvironment } from '@freehold/api';
import { Button, Group, Modal, Select, Stack, TextInput } from '@mantine/core';
import { useState, type FormEvent, type ReactNode } from 'react';
import { FailureAlert } from '../platform/failure-alert.js';
import { ConnectionUri } from './connection-uri.js';
import { useCreateDatabase } from './queries.js';

function CreateForm({ onClose }: { readonly onClose: () => void }): ReactNode {
  const [name, setName] = useState('');
  const [description, setDescription] = useState('');
  const [environment, setEnvironment] = useState<DatabaseEnvironment>('development');
  const creating = useCreateDatabase();

  if (creating.data !== undefined) {
    return (
      <Stack>
        <ConnectionUri uri={creating.data.connection_uri} />
        <Button onClick={onClose}>Done</Button>
      </Stack>
    );
  }
  const submit = (event: FormEvent) => {
    event.preventDefault();
    creating.mutate({ name, environment, ...(description === '' ? {} : { description }) });
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput label="Name" description="Letters, digits, spaces, _ and -" required maxLength={50} value={name} onChange={(event) => setName(event.currentTarget.value)} data-autofocus />
        <TextInput label="Description" maxLength={500} value={description} onChange={(event) => setDescription(event.currentTarget.value)} />
        <Select
          label="Environment" data={databaseEnvironments} value={environment} allowDeselect={false}
          onChange={(value) => setEnvironment(value ?? 'development')}
        />
        <FailureAlert error={creating.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>Cancel</Button>
          <Button type="submit" loading={creating.isPending}>Create</Button>
        </Group>
      </Stack>
    </form>
  );
}

export function CreateDatabaseDialog({ isOpen, onClose }: { readonly isOpen: boolean; readonly onClose: () => void }): ReactNode {
  return (
    <Modal opened={isOpen} onClose={onClose} title="New database" size="lg">
      <CreateForm onClose={onClose} />
    </Modal>
  );
}
