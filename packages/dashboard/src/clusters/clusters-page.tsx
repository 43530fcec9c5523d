// The clusters that databases are placed on, for operators.
import type { Cluster } from '@freehold/api';
import { Button, Center, Group, Loader, Pagination, Stack, Text, Title } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { FailureAlert } from '../platform/failure-alert.js';
import { PageFrame, useIsOperator } from '../platform/page-frame.js';
import { ClusterCard } from './cluster-card.js';
import { clustersPerPage, useClusters } from './queries.js';
import { RegisterClusterDialog } from './register-cluster-dialog.js';
import { RemoveClusterDialog } from './remove-cluster-dialog.js';

function Clusters(): ReactNode {
  const [page, setPage] = useState(1);
  const [isRegistering, setIsRegistering] = useState(false);
  const [removing, setRemoving] = useState<Cluster>();
  const { data, error, isPending } = useClusters(page);
  return (
    <>
      <Group justify="space-between" mb="lg">
        <Title order={1} size="h2">Clusters</Title>
        <Button onClick={() => setIsRegistering(true)}>Register a cluster</Button>
      </Group>
      <Stack>
        <FailureAlert error={error} />
        {isPending && <Center py={80}><Loader /></Center>}
        {data?.items.map((cluster) => <ClusterCard key={cluster.id} cluster={cluster} onRemove={setRemoving} />)}
        {data !== undefined && data.total > clustersPerPage && <Pagination total={Math.ceil(data.total / clustersPerPage)} value={page} onChange={setPage} />}
      </Stack>
      <RegisterClusterDialog isOpen={isRegistering} onClose={() => setIsRegistering(false)} />
      <RemoveClusterDialog cluster={removing} onClose={() => setRemoving(undefined)} />
    </>
  );
}

export function ClustersPage(): ReactNode {
  const isOperator = useIsOperator();
  return (
    <PageFrame>
      {isOperator === true && <Clusters />}
      {isOperator === false && <Text>This page is for operators.</Text>}
    </PageFrame>
  );
}
