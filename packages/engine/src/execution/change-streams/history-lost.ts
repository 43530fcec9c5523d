// What a stream is told whose place has left the oplog. Source: the manual's page "Change Streams", Oplog Size.
import { CommandError } from '../../errors.js';

/** ChangeStreamHistoryLost (286), with the label that tells drivers not to resume by themselves. */
export function historyLost(): CommandError {
  const labels = ['NonResumableChangeStreamError'];
  return new CommandError('ChangeStreamHistoryLost', 'Resume of change stream was not possible, as the resume point may no longer be in the oplog.', { labels });
}
