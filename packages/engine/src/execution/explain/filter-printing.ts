// A parsed filter as a document: explain's `parsedQuery` and the `filter` of stages.
import type { RawDocument, RawValue } from '../../bson/raw-value.js';
import { arrayValue, booleanValue, int32Value, objectValue, stringValue } from '../../bson/values.js';
import type { FilterNode } from '../../query/filter-node.js';

function at(path: string, operator: string, value: RawValue): RawValue {
  const condition = objectValue([[operator, value]]);
  return path === '' ? condition : objectValue([[path, condition]]);
}

function list(children: readonly FilterNode[]): RawValue {
  return arrayValue(children.map(printNode));
}

function printNot(child: FilterNode): RawValue {
  return objectValue([['$nor', list([child])]]);
}

function printNode(node: FilterNode): RawValue {
  switch (node.kind) {
    case 'and':
    case 'or':
    case 'nor':
      return objectValue(node.children.length === 0 ? [] : [[`$${node.kind}`, list(node.children)]]);
    case 'not':
      return printNot(node.child);
    case 'comparison':
      return at(node.path, node.operator, node.value);
    case 'in':
      return at(node.path, '$in', arrayValue([...node.values, ...node.regexes]));
    case 'exists':
      return at(node.path, '$exists', booleanValue(node.exists));
    case 'type':
      return at(node.path, '$type', arrayValue(node.types.map((type) => int32Value(type))));
    case 'regex':
      return objectValue([[node.path, objectValue([['$regex', stringValue(node.pattern)], ...(node.options === '' ? [] : [['$options', stringValue(node.options)] as const])])]]);
    case 'elemMatch':
      return at(node.path, '$elemMatch', printNode(node.child));
    case 'other':
      return node.path === undefined ? objectValue([[node.operator, node.value]]) : at(node.path, node.operator, node.value);
    case 'always':
      return node.matches ? objectValue([]) : objectValue([['$alwaysFalse', int32Value(1)]]);
  }
}

export function printFilter(node: FilterNode): RawDocument {
  return printNode(node).document();
}
