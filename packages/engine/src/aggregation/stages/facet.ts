// $facet: several pipelines over the same documents. Source: the manual's page "$facet (aggregation)".
import { BsonType } from '../../bson/types.js';
import { elements, isEmptyDocument } from '../../bson/reader.js';
import { arrayValue, documentOf } from '../../bson/values.js';
import { documentValue, type RawDocument, type RawValue } from '../../bson/raw-value.js';
import { CommandError } from '../../errors.js';
import { checkPathComponent } from '../expressions/field-path.js';
import { typeNameOf } from '../expressions/operands.js';
import { pause, type Pipeline, type Stage, type StageContext } from '../stage.js';
import { stageLimitBytes } from '../working-memory.js';
import { streamStage } from './lazy.js';
import { MemoryBudget, withDiskUseFactor } from './memory-budget.js';
import { stagesOfArray } from './pipeline-argument.js';
import type { StageCompileContext } from './stage-compiler.js';

export function compileFacet(specification: RawValue, context: StageCompileContext): Stage {
  if (specification.type !== BsonType.object || isEmptyDocument(specification)) {
    throw new CommandError(40169, 'the $facet specification must be a non-empty object');
  }
  const facets = [...elements(specification)].map(([name, value]) => {
    checkPathComponent(name);
    if (name.includes('.')) throw new CommandError(16412, "FieldPath field names may not contain '.'. Consider using $getField or $setField.");
    if (value.type !== BsonType.array) throw new CommandError(40170, `arguments to $facet must be arrays, ${name} is type ${typeNameOf(value)}`);
    return [name, context.compileNested(stagesOfArray(value), context.environment, 'facet')] as const;
  });
  const foreignNamespaces = facets.flatMap(([, pipeline]) => pipeline.stages.flatMap((stage) => stage.foreignNamespaces ?? []));
  return streamStage('$facet', (input, run) => runFacets(input, facets, run), { passesPauses: true, foreignNamespaces });
}

type Facet = readonly [name: string, pipeline: Pipeline];

function* runFacets(input: Iterable<RawDocument>, facets: readonly Facet[], run: StageContext): Generator<RawDocument> {
  const budget = new MemoryBudget(run, stageLimitBytes * withDiskUseFactor, (limitBytes) => `$facet would hold more than ${limitBytes} bytes of its input`);
  try {
    const shared = facets.length === 1 ? input : yield* gathered(input, budget);
    const output = { bytes: 0 };
    const results: (readonly [string, RawValue])[] = [];
    for (const [name, pipeline] of facets) {
      // A facet pauses by itself only where all of its stages pass that on.
      const pauses = run.pauses === true && pipeline.stages.every((stage) => stage.passesPauses === true);
      const documents = pipeline.run(pauses ? withPauses(shared) : shared, { ...run, pauses });
      results.push([name, arrayValue(yield* resultsOf(documents, output))]);
    }
    yield documentOf(results);
  } finally {
    budget.close();
  }
}

function* resultsOf(documents: Iterable<RawDocument>, output: { bytes: number }): Generator<RawDocument, RawValue[]> {
  const results: RawValue[] = [];
  for (const document of documents) {
    if (document === pause) {
      yield pause;
      continue;
    }
    output.bytes += document.length;
    if (output.bytes > stageLimitBytes) {
      throw new CommandError(4031700, `document constructed by $facet is ${output.bytes} bytes, which exceeds the limit of ${stageLimitBytes} bytes`);
    }
    results.push(documentValue(document));
  }
  return results;
}

const documentsPerPause = 32;

function* withPauses(documents: Iterable<RawDocument>): Generator<RawDocument> {
  let count = 0;
  for (const document of documents) {
    yield document;
    count += 1;
    if (count % documentsPerPause === 0) yield pause;
  }
}

/** The pipelines read one after the other, so what they share is kept; the larger limit holds for it. */
function* gathered(input: Iterable<RawDocument>, budget: MemoryBudget): Generator<RawDocument, readonly RawDocument[]> {
  const documents: RawDocument[] = [];
  for (const document of input) {
    if (document === pause) {
      yield pause;
      continue;
    }
    budget.add(document.length);
    documents.push(document);
  }
  return documents;
}
