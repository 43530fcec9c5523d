// Shows the URI of a database that exists.
import type { Database } from '@freehold/api';
import { Loader, Modal } from '@mantine/core';
import { useEffect, type ReactNode } from 'react';
import { FailureAlert } from '../platform/failure-alert.js';
import { ConnectionUri } from './connection-uri.js';
import { useConnection } from './queries.js';

function Connection({ databaseId }: { readonly databaseId: string }): ReactNode {
  const { mutate, data, error } = useConnection();
  useEffect(() => mutate(databaseId), [mutate, databaseId]);
  if (error !== null) return <FailureAlert error={error} />;
  return data === undefined ? <Loader size="sm" /> : <ConnectionUri uri={data.connection_uri} />;
}

export function ConnectionDialog({ database, onClose }: { readonly database: Database | undefined; readonly onClose: () => void }): ReactNode {
  return (
    <Modal opened={database !== undefined} onClose={onClose} title={database === undefined ? '' : `Connection URI of ${database.name}`} size="lg">
      {database !== undefined && <Connection databaseId={database.id} />}
    </Modal>
  );
}
