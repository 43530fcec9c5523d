// What the pages ask of the platform about databases, and when the answers are stale.
import type { CreateDatabase } from '@freehold/api';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { client } from '../platform/client.js';

export const pageSize = 20;
const listKey = 'databases';

export function useDatabases(page: number, search: string) {
  return useQuery({
    queryKey: [listKey, page, search],
    queryFn: ({ signal }) =>
      client.databases.list({ limit: pageSize, offset: (page - 1) * pageSize, sort: 'created_at', ...(search === '' ? {} : { search }) }, { signal }),
    placeholderData: keepPreviousData,
  });
}

export function useCreateDatabase() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (input: CreateDatabase) => client.databases.create(input),
    onSettled: () => Promise.all([queryClient.invalidateQueries({ queryKey: [listKey] }), queryClient.invalidateQueries({ queryKey: ['limits'] })]),
  });
}

/** A mutation, not a query: a URI is fetched when somebody asks for it, and kept in no cache. */
export function useConnection() {
  return useMutation({ mutationFn: (databaseId: string) => client.databases.connection({ id: databaseId }), gcTime: 0 });
}
