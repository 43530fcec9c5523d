// Users as operators see them on a terminal.
import type { AdminUser } from '@freehold/api';
import { describeOwnLimits } from './present-limits.js';
import { fields, megabytes, when } from './present.js';

function account(user: AdminUser): string {
  if (!user.disabled || user.disabled_at === null) return 'active';
  return `disabled since ${when(user.disabled_at)}, databases ${user.databases_suspended ? 'suspended' : 'go on'}`;
}

export function describeUser(user: AdminUser): string {
  const own = describeOwnLimits(user.overrides, user.rate_limits);
  return fields({
    id: user.id, 'e-mail': user.email, name: user.name, role: user.role, account: account(user), plan: user.plan, 'limits of their own': own.length === 0 ? 'none' : own.join(' '),
    databases: user.database_count, size: megabytes(user.used_mb), promised: megabytes(user.promised_mb), made: when(user.created_at),
  });
}
