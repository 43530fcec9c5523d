// What the page asks of the platform about clusters; what it changes is read anew.
import type { Cluster, RegisterCluster } from '@freehold/api';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { client } from '../platform/client.js';

const listKey = 'clusters';
/** The platform looks at each cluster once a minute. */
const refreshMs = 15_000;

export const clustersPerPage = 50;

export function useClusters(page: number) {
  return useQuery({
    queryKey: [listKey, page], refetchInterval: refreshMs,
    queryFn: ({ signal }) => client.clusters.list({ limit: clustersPerPage, offset: (page - 1) * clustersPerPage }, { signal }),
  });
}

function useChange<Input, Result>(change: (input: Input) => Promise<Result>) {
  const queryClient = useQueryClient();
  return useMutation({ mutationFn: change, onSettled: () => queryClient.invalidateQueries({ queryKey: [listKey] }) });
}

export const useRegister = () => useChange((input: Omit<RegisterCluster, 'max_users'> & { readonly max_users?: number }) => client.clusters.register(input));
export const useProbe = () => useChange((id: string) => client.clusters.probe({ id }));
export const useSetState = () => useChange(({ id, state }: { readonly id: string; readonly state: 'active' | 'draining' }) => client.clusters.update({ id, state }));
export const useRemove = () => useChange(({ id }: Pick<Cluster, 'id'>) => client.clusters.remove({ id }));
