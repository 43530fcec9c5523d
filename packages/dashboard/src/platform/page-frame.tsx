// What is around every page of somebody who is signed in: where one can go, and who one is.
import { Anchor, AppShell, Button, Container, Group, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { sessionStore } from '../session/session-store.js';
import { client } from './client.js';

/** The browser forgets the session whatever the platform answers. */
function signOut(): void {
  void client.authentication.signOut().catch(() => undefined).finally(() => sessionStore.end());
}

/** Undefined until the platform has said. */
export function useIsOperator(): boolean | undefined {
  const { data } = useQuery({ queryKey: ['me'], queryFn: ({ signal }) => client.authentication.me({}, { signal }) });
  return data === undefined ? undefined : data.role === 'operator';
}

function Places(): ReactNode {
  const places = [['/', 'Databases'], ['/clusters', 'Clusters']] as const;
  return (
    <Group gap="sm" component="nav" aria-label="Pages" wrap="nowrap">
      {places.map(([to, name]) => <Anchor key={to} component={Link} to={to} size="sm" activeProps={{ 'aria-current': 'page', style: { fontWeight: 700 } }}>{name}</Anchor>)}
    </Group>
  );
}

export function PageFrame({ children }: { readonly children: ReactNode }): ReactNode {
  const isOperator = useIsOperator();
  return (
    <AppShell header={{ height: 56 }} padding="md">
      <AppShell.Header px="md">
        <Group h="100%" justify="space-between" wrap="nowrap">
          <Group gap="md" wrap="nowrap">
            <Text fw={700} {...(isOperator === true ? { visibleFrom: 'xs' } : {})}>Freehold</Text>
            {isOperator === true && <Places />}
          </Group>
          <Group gap="sm" wrap="nowrap">
            <Text size="sm" c="dimmed" visibleFrom="sm">{sessionStore.current()?.email}</Text>
            <Button size="xs" variant="default" onClick={signOut}>Sign out</Button>
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Main>
        <Container size="lg" px={0}>{children}</Container>
      </AppShell.Main>
    </AppShell>
  );
}
