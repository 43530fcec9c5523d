// A connection URI to copy.
import { Button, Code, CopyButton, Group, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';

export function ConnectionUri({ uri }: { readonly uri: string }): ReactNode {
  return (
    <Stack gap="xs">
      <Code block data-testid="connection-uri" style={{ overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' }}>{uri}</Code>
      <Group justify="space-between">
        <Text size="sm" c="dimmed">It holds the password: give it to the app that uses the database, and to nobody else.</Text>
        <CopyButton value={uri}>
          {({ copied, copy }) => <Button variant="light" size="xs" onClick={copy}>{copied ? 'Copied' : 'Copy'}</Button>}
        </CopyButton>
      </Group>
    </Stack>
  );
}
