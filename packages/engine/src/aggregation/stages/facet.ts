// $facet: several pipelines over the same documents. Source: the manual's page "$facet (aggregation)".
import { BsonType } from '../../bson/types.js';
import { elements, isEmptyDocument } from '../../bson/reader.js';
import { arrayValue, documentOf } from '../../bson/values.js';
import { documentValue, type RawDocument, type RawValue } from '../../bson/raw-value.js';
import { CommandError } from '../../errors.js';
import { checkPathComponent } from '../expressions/field-path.js';
import { typeNameOf } from '../expressions/operands.js';
import type { Pipeline, Stage, StageContext } from '../stage.js';
import { streamStage } from './lazy.js';
import { MemoryBudget, memoryLimitBytes } from './memory-budget.js';
import { stagesOfArray } from './pipeline-argument.js';
import type { StageCompileContext } from './stage-compiler.js';

export function compileFacet(specification: RawValue, context: StageCompileContext): Stage {
  if (specification.type !== BsonType.object || isEmptyDocument(specification)) {
    throw new CommandError(40169, 'the $facet specification must be a non-empty object');
  }
  const facets = [...elements(specification)].map(([name, value]) => {
    checkPathComponent(name);
    if (value.type !== BsonType.array) throw new CommandError(40170, `arguments to $facet must be arrays, ${name} is type ${typeNameOf(value)}`);
    return [name, context.compileNested(stagesOfArray(value), context.environment, 'facet')] as const;
  });
  const foreignNamespaces = facets.flatMap(([, pipeline]) => pipeline.stages.flatMap((stage) => stage.foreignNamespaces ?? []));
  return streamStage('$facet', (input, run) => runFacets(input, facets, run), { foreignNamespaces });
}

type Facet = readonly [name: string, pipeline: Pipeline];

function* runFacets(input: Iterable<RawDocument>, facets: readonly Facet[], run: StageContext): Generator<RawDocument> {
  const shared = facets.length === 1 ? input : gathered(input, run);
  let outputBytes = 0;
  const results = facets.map(([name, pipeline]) => {
    const documents: RawValue[] = [];
    for (const document of pipeline.run(shared, run)) {
      outputBytes += document.length;
      if (outputBytes > memoryLimitBytes) {
        throw new CommandError(4031700, `document constructed by $facet is ${outputBytes} bytes, which exceeds the limit of ${memoryLimitBytes} bytes`);
      }
      documents.push(documentValue(document));
    }
    return [name, arrayValue(documents)] as const;
  });
  yield documentOf(results);
}

/** The pipelines read one after the other, so what they share is kept; the larger limit holds for it. */
function gathered(input: Iterable<RawDocument>, run: StageContext): readonly RawDocument[] {
  const budget = new MemoryBudget({ ...run, allowDiskUse: true }, (limitBytes) => `$facet would hold more than ${limitBytes} bytes of its input`);
  const documents: RawDocument[] = [];
  for (const document of input) {
    budget.add(document.length);
    documents.push(document);
  }
  return documents;
}
