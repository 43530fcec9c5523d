// Indexes as `listIndexes` shows them.
import { documentValue, type RawDocument } from '../../bson/raw-value.js';
import { DocumentWriter } from '../../bson/writer.js';
import type { IndexDefinition } from './index-specification.js';

export function printIndex(index: IndexDefinition): RawDocument {
  const writer = new DocumentWriter().int32('v', 2).document('key', index.key).string('name', index.name);
  if (index.unique && index.name !== '_id_') writer.boolean('unique', true);
  if (index.sparse) writer.boolean('sparse', true);
  if (index.hidden) writer.boolean('hidden', true);
  if (index.partialFilterExpression !== undefined) writer.document('partialFilterExpression', index.partialFilterExpression);
  if (index.expireAfterSeconds !== undefined) writer.int32('expireAfterSeconds', index.expireAfterSeconds);
  const options = documentValue(index.options);
  return writer.appendElements(index.options, options.start + 4, options.end - 1).finish();
}
