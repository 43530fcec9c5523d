// $lookup: equality of two fields, a pipeline with variables, or both. Source: the manual's page "$lookup (aggregation)".
import { BsonType } from '../../bson/types.js';
import { arrayValues, elements } from '../../bson/reader.js';
import { arrayValue, documentOf, nullValue } from '../../bson/values.js';
import { documentValue, type RawDocument, type RawValue } from '../../bson/raw-value.js';
import { CommandError } from '../../errors.js';
import { documentScope } from '../expressions/compile-context.js';
import { valueAtPath } from '../expressions/field-path.js';
import { pause, type Stage, type StageContext } from '../stage.js';
import { streamStage } from './lazy.js';
import { parseLookup, type LookupSpecification } from './lookup-specification.js';
import { withVariables } from './nested-environment.js';
import { setPath } from './set-path.js';
import type { StageCompileContext } from './stage-compiler.js';

export function compileLookup(specification: RawValue, context: StageCompileContext): Stage {
  const parsed = parseLookup(specification, context);
  const mentioned = mentionedVariables(parsed.pipeline);
  const lookup = { ...parsed, variables: parsed.variables.filter(([name]) => mentioned.has(name)) };
  const environment = withVariables(context.environment, lookup.variables.map(([name]) => [name, nullValue] as const));
  const nested = context.compileNested(lookup.pipeline, environment, 'lookup');
  if (lookup.from === undefined && !nested.isSource) {
    throw new CommandError('FailedToParse', "must specify 'pipeline' field with a '$documents' stage first when 'from' is empty");
  }
  const inner = nested.stages.flatMap((stage) => stage.foreignNamespaces ?? []);
  const own = lookup.from === undefined ? [] : [{ ...lookup.from, access: 'read' as const }];
  return streamStage('$lookup', (input, run) => joinAll(input, lookup, run, context), { passesPauses: true, foreignNamespaces: [...own, ...inner] });
}

/** The variables that a pipeline may read: answers depend on no others. */
function mentionedVariables(pipeline: readonly RawDocument[]): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (value: RawValue): void => {
    if (value.type === BsonType.string) {
      const name = /^\$\$([^.]+)/.exec(value.string())?.[1];
      if (name !== undefined) names.add(name);
    } else if (value.type === BsonType.object || value.type === BsonType.array) {
      for (const [, inner] of elements(value)) visit(inner);
    }
  };
  for (const stage of pipeline) visit(documentValue(stage));
  return names;
}

/** Joined documents by what they depend on: a lookup asked twice with the same values is answered from here. */
const cachedAnswersBytes = 16 * 1024 * 1024;

/** `internalLookupStageIntermediateDocumentMaxSizeBytes` of a mongod. */
const mostFoundBytes = 100 * 1024 * 1024;

function tooMuchFound({ from }: LookupSpecification): CommandError {
  return new CommandError(4568, `Total size of documents in ${from?.collection ?? 'the pipeline'} matching pipeline's $lookup stage exceeds ${mostFoundBytes} bytes`);
}

function* joinAll(input: Iterable<RawDocument>, lookup: LookupSpecification, run: StageContext, context: StageCompileContext): Generator<RawDocument> {
  const answers = new Map<string, RawValue>();
  let cachedBytes = 0;
  for (const document of input) {
    if (document === pause) {
      yield pause;
      continue;
    }
    run.sources.checkInterrupt();
    const question = questionOf(documentValue(document), lookup);
    const key = question.toString('latin1');
    let answer = answers.get(key);
    if (answer === undefined) {
      const found: RawValue[] = [];
      let foundBytes = 0;
      for (const joined of answerOf(documentValue(question), lookup, run, context)) {
        if (joined === pause) {
          yield pause;
          continue;
        }
        foundBytes += joined.length;
        if (foundBytes > mostFoundBytes) throw tooMuchFound(lookup);
        found.push(documentValue(joined));
      }
      answer = arrayValue(found);
      cachedBytes += answer.bytes.length + key.length;
      if (cachedBytes <= cachedAnswersBytes) answers.set(key, answer);
    }
    yield setPath(document, lookup.as, answer);
  }
}

/** What the answer depends on, as one document: the local value and the variables; a missing one is left out. */
function questionOf(root: RawValue, lookup: LookupSpecification): RawDocument {
  const scope = documentScope(root);
  const parts: [string, RawValue][] = [];
  const local = lookup.equality === undefined ? undefined : valueAtPath(root, lookup.equality.localNames, 0);
  if (local !== undefined) parts.push(['', local]);
  for (const [name, expression] of lookup.variables) {
    const value = expression.evaluate(scope);
    if (value !== undefined) parts.push([name, value]);
  }
  return documentOf(parts);
}

function answerOf(question: RawValue, lookup: LookupSpecification, run: StageContext, context: StageCompileContext): Iterable<RawDocument> {
  const given = new Map(elements(question));
  const variables = lookup.variables.map(([name]) => [name, given.get(name)] as const);
  const environment = withVariables(context.environment, variables);
  const match = lookup.equality === undefined ? [] : [equalityMatch(lookup.equality.foreignField, given.get(''))];
  if (lookup.from === undefined) {
    const [documents, ...rest] = lookup.pipeline;
    return context.compileNested([documents!, ...match, ...rest], environment, 'lookup').run([], { ...run, environment, pauses: false });
  }
  return run.sources.readCollection(lookup.from.database ?? run.database, lookup.from.collection, [...match, ...lookup.pipeline], environment, run.pauses);
}

/** `{$match: {foreignField: ...}}`: a missing value asks for null, an array for any of its elements. */
function equalityMatch(foreignField: string, local: RawValue | undefined): RawDocument {
  const values = local?.type === BsonType.array ? arrayValues(local) : [local ?? nullValue];
  const operator = values.length === 1 ? documentOf([['$eq', values[0]!]]) : documentOf([['$in', arrayValue(values)]]);
  const condition = values.some((value) => value.type === BsonType.regex) ? eachEqual(foreignField, values) : documentOf([[foreignField, documentValue(operator)]]);
  return documentOf([['$match', documentValue(condition)]]);
}

/** As `$in`, which would take a regular expression for a pattern. */
function eachEqual(foreignField: string, values: readonly RawValue[]): RawDocument {
  const conditions = values.map((value) => documentValue(documentOf([[foreignField, documentValue(documentOf([['$eq', value]]))]])));
  return documentOf([['$or', arrayValue(conditions)]]);
}
