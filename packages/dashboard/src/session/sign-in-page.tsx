// Signing in, and making an account.
import { Anchor, Button, Center, Paper, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState, type FormEvent, type ReactNode } from 'react';
import { client } from '../platform/client.js';
import { FailureAlert } from '../platform/failure-alert.js';
import { sessionStore } from './session-store.js';

type Mode = 'sign-in' | 'sign-up';

const words = {
  'sign-in': { title: 'Sign in', button: 'Sign in', question: 'No account yet?', other: 'Make one', otherMode: 'sign-up' },
  'sign-up': { title: 'Make an account', button: 'Make the account', question: 'Have an account?', other: 'Sign in', otherMode: 'sign-in' },
} as const satisfies Record<Mode, object>;

interface Entered {
  readonly name: string;
  readonly email: string;
  readonly password: string;
}

function useEntering(mode: Mode) {
  return useMutation({
    mutationFn: async ({ name, email, password }: Entered) =>
      mode === 'sign-up' ? client.authentication.signUp({ name, email, password }) : client.authentication.signIn({ email, password }),
    onSuccess: ({ token, user }) => sessionStore.start({ token, email: user.email }),
  });
}

export function SignInPage(): ReactNode {
  const [mode, setMode] = useState<Mode>('sign-in');
  const [entered, setEntered] = useState<Entered>({ name: '', email: '', password: '' });
  const entering = useEntering(mode);
  const { title, button, question, other, otherMode } = words[mode];

  const set = (field: keyof Entered) => (event: { readonly currentTarget: { readonly value: string } }) => {
    const { value } = event.currentTarget;
    setEntered((previous) => ({ ...previous, [field]: value }));
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    entering.mutate(entered);
  };

  return (
    <Center mih="100vh" p="md" component="main">
      <Paper withBorder p="xl" w={400} component="form" onSubmit={submit}>
        <Stack>
          <div>
            <Text c="dimmed" fw={600}>Freehold</Text>
            <Title order={1} size="h2">{title}</Title>
          </div>
          {mode === 'sign-up' && <TextInput label="Name" required autoComplete="name" value={entered.name} onChange={set('name')} />}
          <TextInput label="E-mail" type="email" required autoComplete="username" value={entered.email} onChange={set('email')} />
          <PasswordInput
            label="Password" required minLength={mode === 'sign-up' ? 8 : 1} value={entered.password} onChange={set('password')}
            autoComplete={mode === 'sign-up' ? 'new-password' : 'current-password'}
          />
          <FailureAlert error={entering.error} />
          <Button type="submit" loading={entering.isPending}>{button}</Button>
          <Text size="sm" ta="center">
            {question}{' '}
            <Anchor component="button" type="button" onClick={() => { entering.reset(); setMode(otherMode); }}>{other}</Anchor>
          </Text>
        </Stack>
      </Paper>
    </Center>
  );
}
