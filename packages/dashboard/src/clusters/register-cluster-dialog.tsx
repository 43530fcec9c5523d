// Registers a cluster, and says what trying it has come to: the step that failed, or what it is.
import { ApiError } from '@freehold/api';
import { Alert, Button, Group, Modal, NumberInput, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { useState, type FormEvent, type ReactNode } from 'react';
import { FailureAlert } from '../platform/failure-alert.js';
import { useRegister } from './queries.js';

/** What was tried last, in the platform's own words. */
function TriedStep({ error }: { readonly error: Error | null }): ReactNode {
  if (!(error instanceof ApiError) || error.code !== 'CLUSTER_UNSUITABLE') return null;
  const { reason, step, error_code: code } = error.details;
  return <Text size="sm" data-testid="preflight-step">{`Tried last: ${String(step)}. Reason: ${String(reason)}${typeof code !== 'string' ? '' : ` (${code})`}. Nothing was registered.`}</Text>;
}

function RegisterForm({ onClose }: { readonly onClose: () => void }): ReactNode {
  const [name, setName] = useState('');
  const [uri, setUri] = useState('');
  const [largestUserCount, setLargestUserCount] = useState<number | string>('');
  const registering = useRegister();

  if (registering.data !== undefined) {
    const { name: registered, kind, version, last_probe: probe } = registering.data;
    return (
      <Stack>
        <Alert color="teal" title={`${registered} is registered.`} role="status">
          {`Everything that is needed of it works: ${kind?.replace('_', ' ') ?? 'cluster'}, version ${version ?? 'unknown'}${probe?.latency_ms == null ? '' : `, ${Math.round(probe.latency_ms)} ms away`}. New databases are placed on it from now on.`}
        </Alert>
        <Button onClick={onClose} data-autofocus>Done</Button>
      </Stack>
    );
  }
  const submit = (event: FormEvent) => {
    event.preventDefault();
    registering.mutate({ name, uri, ...(typeof largestUserCount === 'number' ? { max_users: largestUserCount } : {}) });
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput label="Name" required maxLength={50} value={name} onChange={(event) => setName(event.currentTarget.value)} data-autofocus />
        <PasswordInput
          label="Connection URI" description="Of a user who may make users and roles. Kept encrypted, and never shown again." required autoComplete="off" value={uri}
          onChange={(event) => setUri(event.currentTarget.value)}
        />
        <NumberInput label="MongoDB users at most" description="One for each database; empty: 1000" min={0} allowDecimal={false} value={largestUserCount} onChange={setLargestUserCount} />
        <FailureAlert error={registering.error} />
        <TriedStep error={registering.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>Cancel</Button>
          <Button type="submit" loading={registering.isPending}>Register</Button>
        </Group>
      </Stack>
    </form>
  );
}

export function RegisterClusterDialog({ isOpen, onClose }: { readonly isOpen: boolean; readonly onClose: () => void }): ReactNode {
  return (
    <Modal opened={isOpen} onClose={onClose} title="Register a cluster" size="lg">
      <RegisterForm onClose={onClose} />
    </Modal>
  );
}
