// Shows why something failed, in the platform's own words.
import { ApiError, errorCatalogue } from '@freehold/api';
import { Alert, Text } from '@mantine/core';
import type { ReactNode } from 'react';

interface Told {
  readonly title: string;
  readonly remedy: string;
}

function tell(error: Error): Told {
  if (!(error instanceof ApiError)) return { title: 'The platform cannot be reached.', remedy: 'Check that it is running, then try again.' };
  const issues = Array.isArray(error.details['issues']) ? (error.details['issues'] as { readonly message?: unknown }[]) : [];
  const remedy = issues.length > 0 ? issues.map((issue) => String(issue.message)).join('; ') : errorCatalogue[error.code].remedy;
  return { title: error.message, remedy };
}

export function FailureAlert({ error }: { readonly error: Error | null }): ReactNode {
  if (error === null) return null;
  const { title, remedy } = tell(error);
  return (
    <Alert color="red" title={title} role="alert">
      <Text size="sm">{remedy}</Text>
    </Alert>
  );
}
