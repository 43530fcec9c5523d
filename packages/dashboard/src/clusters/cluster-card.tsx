// One cluster: whether it answers, what it holds and may hold, and what can be done with it. A card, so that a phone has room for it.
import type { Cluster, ClusterState } from '@freehold/api';
import { Badge, Button, Card, Group, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { FailureAlert } from '../platform/failure-alert.js';
import { size } from '../platform/size.js';
import { CapacityUse } from './capacity-use.js';
import { useProbe, useSetState } from './queries.js';

const stateColors: Readonly<Record<ClusterState, string>> = { active: 'teal', draining: 'orange', unreachable: 'red' };
const bytesPerMegabyte = 1024 * 1024;

function lookWords({ last_probe: probe, measured_at: measuredAt }: Cluster): string {
  if (probe === null) return 'Not looked at yet.';
  const at = new Date(probe.at).toLocaleString();
  if (!probe.succeeded) return `Did not answer at ${at}: ${probe.error_code ?? 'unknown'}.${measuredAt === null ? '' : ` Last measured at ${new Date(measuredAt).toLocaleString()}.`}`;
  return `Answered in ${Math.round(probe.latency_ms ?? 0)} ms at ${at}.`;
}

function Actions({ cluster, onRemove }: { readonly cluster: Cluster; readonly onRemove: (cluster: Cluster) => void }): ReactNode {
  const [probing, setting] = [useProbe(), useSetState()];
  const isDraining = cluster.state === 'draining';
  return (
    <>
      <Group gap="xs">
        <Button size="xs" variant="light" loading={probing.isPending} onClick={() => probing.mutate(cluster.id)} aria-label={`Measure ${cluster.name}`}>Measure</Button>
        <Button
          size="xs" variant="light" color="orange" loading={setting.isPending} aria-label={`${isDraining ? 'Use' : 'Drain'} ${cluster.name}`}
          onClick={() => setting.mutate({ id: cluster.id, state: isDraining ? 'active' : 'draining' })}
        >
          {isDraining ? 'Use again' : 'Drain'}
        </Button>
        {!cluster.holds_control_database && <Button size="xs" variant="light" color="red" onClick={() => onRemove(cluster)} aria-label={`Remove ${cluster.name}`}>Remove</Button>}
      </Group>
      <FailureAlert error={probing.error ?? setting.error} />
    </>
  );
}

export function ClusterCard({ cluster, onRemove }: { readonly cluster: Cluster; readonly onRemove: (cluster: Cluster) => void }): ReactNode {
  const { name, capacity } = cluster;
  const about = [cluster.kind?.replace('_', ' '), cluster.version, cluster.holds_control_database ? 'holds the control database' : null].filter((part) => part !== null && part !== undefined);
  return (
    <Card withBorder component="article" aria-label={`Cluster ${name}`}>
      <Stack gap="sm">
        <Group justify="space-between" gap="xs">
          <Group gap="xs">
            <Title order={2} size="h4">{name}</Title>
            <Badge color={stateColors[cluster.state]} variant="light">{cluster.state}</Badge>
          </Group>
          <Text size="sm">{cluster.database_count === 1 ? '1 database' : `${cluster.database_count} databases`}</Text>
        </Group>
        <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>{[cluster.hosts.join(', '), ...about].join(' · ')}</Text>
        <Group gap="md" align="start">
          <CapacityUse name="Users" cluster={name} capacity={capacity.users} show={String} />
          <CapacityUse name="Storage" cluster={name} capacity={capacity.bytes} show={(bytes) => size(bytes / bytesPerMegabyte)} />
          <CapacityUse name="Connections" cluster={name} capacity={capacity.connections} show={String} />
        </Group>
        <Text size="xs" c="dimmed" role="status">{lookWords(cluster)}</Text>
        <Actions cluster={cluster} onRemove={onRemove} />
      </Stack>
    </Card>
  );
}
