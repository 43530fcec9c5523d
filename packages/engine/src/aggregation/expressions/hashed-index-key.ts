// $toHashedIndexKey. Source: the manual's page of the same name.
import { hashedValue } from '../../bson/hashed-value.js';
import { int64Value, nullValue } from '../../bson/values.js';
import { unary } from './operands.js';

/** A missing value is hashed as null. */
export const toHashedIndexKey = unary((value) => int64Value(hashedValue(value ?? nullValue)));
