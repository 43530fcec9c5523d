// Collection validators: what `validator`, `validationLevel` and `validationAction` say about a document.
// Source: the manual's "Schema Validation".
import { parseCollation } from '../../bson/collation.js';
import { documentValue, type RawDocument } from '../../bson/raw-value.js';
import { getDocumentField, isEmptyDocument } from '../../bson/reader.js';
import { objectValue, stringValue } from '../../bson/values.js';
import { CommandError } from '../../errors.js';
import { compileFilter } from '../../query/match/compile-filter.js';
import type { Matcher } from '../../query/match/matcher.js';
import type { CollectionEntry } from '../../storage/units.js';
import { constantEnvironment } from '../environment.js';

interface Validator {
  readonly matcher: Matcher;
  readonly filter: RawDocument;
  readonly level: 'strict' | 'moderate';
}

const validators = new WeakMap<RawDocument, Validator | 'none'>();

function compileValidator(options: RawDocument): Validator | 'none' {
  const filter = getDocumentField(options, 'validator');
  const level = getDocumentField(options, 'validationLevel')?.string() ?? 'strict';
  const action = getDocumentField(options, 'validationAction')?.string() ?? 'error';
  if (filter === undefined || isEmptyDocument(filter) || level === 'off' || action === 'warn') return 'none';
  const collation = getDocumentField(options, 'collation');
  const environment = { ...constantEnvironment, collation: collation === undefined ? undefined : parseCollation(collation.document()) };
  return { matcher: compileFilter(filter.document(), environment), filter: filter.document(), level: level === 'moderate' ? 'moderate' : 'strict' };
}

function validatorOf({ options }: CollectionEntry): Validator | undefined {
  let validator = validators.get(options);
  if (validator === undefined) {
    validator = compileValidator(options);
    validators.set(options, validator);
  }
  return validator === 'none' ? undefined : validator;
}

function failure(document: RawDocument, { filter }: Validator): CommandError {
  const id = getDocumentField(document, '_id');
  const details = objectValue([['operatorName', stringValue('validator')], ['specifiedAs', documentValue(filter)], ['reason', stringValue('the document does not match the validator')]]);
  const fields = [...(id === undefined ? [] : [['failingDocumentId', id] as const]), ['details', details] as const];
  return new CommandError('DocumentValidationFailure', 'Document failed validation', { fields: { errInfo: objectValue(fields) } });
}

/** Throws DocumentValidationFailure (121) where a new document is not what the collection's validator wants. */
export function validateNew(collection: CollectionEntry, document: RawDocument): void {
  const validator = validatorOf(collection);
  if (validator === undefined || validator.matcher.matches(documentValue(document))) return;
  throw failure(document, validator);
}

/** As `validateNew` for an update; level `moderate` lets documents that were not valid before stay so. */
export function validateChanged(collection: CollectionEntry, before: RawDocument, after: RawDocument): void {
  const validator = validatorOf(collection);
  if (validator === undefined || validator.matcher.matches(documentValue(after))) return;
  if (validator.level === 'moderate' && !validator.matcher.matches(documentValue(before))) return;
  throw failure(after, validator);
}
