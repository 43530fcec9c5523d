// What a $lookup asks for, checked. Source: the manual's page "$lookup (aggregation)"; all errors are FailedToParse there.
import { BsonType } from '../../bson/types.js';
import { elements } from '../../bson/reader.js';
import type { RawDocument, RawValue } from '../../bson/raw-value.js';
import { CommandError } from '../../errors.js';
import { describeValue } from '../describe-value.js';
import type { Expression } from '../expression.js';
import { expressionContext } from '../expressions/compile-expression.js';
import { encodeNames, splitFieldPath } from '../expressions/field-path.js';
import { typeNameOf } from '../expressions/operands.js';
import { compileVariables } from '../expressions/variables.js';
import { parsePipelineArgument } from './pipeline-argument.js';
import type { StageCompileContext } from './stage-compiler.js';

export interface Namespace {
  /** undefined: the database of the pipeline. */
  readonly database: string | undefined;
  readonly collection: string;
}

export interface LookupSpecification {
  /** undefined: the pipeline begins with `$documents`. */
  readonly from: Namespace | undefined;
  readonly as: readonly string[];
  readonly equality: { readonly localNames: readonly Buffer[]; readonly foreignField: string } | undefined;
  readonly variables: readonly (readonly [name: string, expression: Expression])[];
  readonly pipeline: readonly RawDocument[];
}

const stringArguments: ReadonlySet<string> = new Set(['from', 'as', 'localField', 'foreignField']);

export function parseLookup(specification: RawValue, context: StageCompileContext): LookupSpecification {
  if (specification.type !== BsonType.object) {
    throw failed(`the $lookup stage specification must be an object, but found ${typeNameOf(specification)}`);
  }
  const strings = new Map<string, string>();
  let variables: LookupSpecification['variables'] | undefined;
  let pipeline: readonly RawDocument[] | undefined;
  for (const [field, value] of elements(specification)) {
    if (field === 'pipeline') pipeline = parsePipelineArgument(value);
    else if (field === 'let') variables = parseLet(value, context);
    else if (!stringArguments.has(field)) throw failed(`unknown argument to $lookup: ${field}`);
    else if (value.type === BsonType.string) strings.set(field, value.string());
    else throw failed(`$lookup argument '${field}' must be a string, found ${field}: ${describeValue(value)}, of type ${typeNameOf(value)}`);
  }
  return assemble(strings, variables, pipeline);
}

function assemble(strings: ReadonlyMap<string, string>, variables: LookupSpecification['variables'] | undefined, pipeline: readonly RawDocument[] | undefined): LookupSpecification {
  const as = strings.get('as');
  const from = strings.get('from');
  const localField = strings.get('localField');
  const foreignField = strings.get('foreignField');
  if (as === undefined) throw failed("must specify 'as' field for a $lookup");
  if ((localField === undefined) !== (foreignField === undefined)) {
    throw failed(
      pipeline === undefined
        ? '$lookup requires either \'pipeline\' or both \'localField\' and \'foreignField\' to be specified'
        : "$lookup requires both or neither of 'localField' and 'foreignField' to be specified",
    );
  }
  if (pipeline === undefined && localField === undefined) {
    throw failed("$lookup requires either 'pipeline' or both 'localField' and 'foreignField' to be specified");
  }
  if (pipeline === undefined && variables !== undefined) throw failed("$lookup with a 'let' argument must also specify 'pipeline'");
  if (from === undefined && pipeline === undefined) throw failed("must specify 'from' field for a $lookup");
  if (from === '') throw new CommandError('InvalidNamespace', 'invalid $lookup namespace: the collection has no name');
  return {
    from: from === undefined ? undefined : { database: undefined, collection: from },
    as: splitFieldPath(as),
    equality: localField === undefined || foreignField === undefined ? undefined : { localNames: encodeNames(splitFieldPath(localField)), foreignField: splitFieldPath(foreignField).join('.') },
    variables: variables ?? [],
    pipeline: pipeline ?? [],
  };
}

function parseLet(value: RawValue, context: StageCompileContext): LookupSpecification['variables'] {
  if (value.type !== BsonType.object) throw failed(`$lookup argument 'let' must be an object, is type ${typeNameOf(value)}`);
  return compileVariables(value, expressionContext(context.environment));
}

function failed(message: string): CommandError {
  return new CommandError('FailedToParse', message);
}
