// Asks before a cluster leaves the register, and says what keeps it there.
import { ApiError, type Cluster } from '@freehold/api';
import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { FailureAlert } from '../platform/failure-alert.js';
import { useRemove } from './queries.js';

function inUseWords(error: Error | null): string | undefined {
  if (!(error instanceof ApiError) || error.code !== 'CLUSTER_IN_USE') return undefined;
  return Object.entries(error.details).flatMap(([name, count]) => (typeof count === 'number' && count > 0 ? [`${name.replaceAll('_', ' ')}: ${count}`] : [])).join(', ');
}

function Question({ cluster, onClose }: { readonly cluster: Cluster; readonly onClose: () => void }): ReactNode {
  const removing = useRemove();
  const inUse = inUseWords(removing.error);
  return (
    <Stack>
      <Text size="sm">{`${cluster.name} leaves the register. Nothing on it is touched.`}</Text>
      <FailureAlert error={removing.error} />
      {inUse !== undefined && <Text size="sm">{inUse}</Text>}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose} data-autofocus>Keep it</Button>
        <Button color="red" loading={removing.isPending} onClick={() => removing.mutate(cluster, { onSuccess: onClose })}>Remove it</Button>
      </Group>
    </Stack>
  );
}

export function RemoveClusterDialog({ cluster, onClose }: { readonly cluster: Cluster | undefined; readonly onClose: () => void }): ReactNode {
  return (
    <Modal opened={cluster !== undefined} onClose={onClose} title="Remove a cluster">
      {cluster !== undefined && <Question key={cluster.id} cluster={cluster} onClose={onClose} />}
    </Modal>
  );
}
