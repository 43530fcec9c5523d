// Runs an update's tree over one document in a single pass: whatever no operator touches is copied as runs of bytes, so that
// its types, order and spelling stay what they were. Nothing is changed in place; an error leaves no trace.
import { CommandError } from '../../errors.js';
import type { RawDocument, RawValue } from '../../bson/raw-value.js';
import { ElementReader, arrayValues } from '../../bson/reader.js';
import { BsonType } from '../../bson/types.js';
import { nullValue, objectValue } from '../../bson/values.js';
import { DocumentWriter } from '../../bson/writer.js';
import type { ArrayFilters } from './array-filters.js';
import { describeElement, type UpdateScope } from './field-operator.js';
import { missingArray, refuseBlockedChild } from './blocked-path.js';
import { assertMutable, assertNotUnderId, assertStorableName } from './immutable-fields.js';
import { childrenFor, mergeNodes, type ArrayNode, type NamedChild, type ObjectNode, type UpdateNode } from './update-tree.js';

/** More nulls than this are not put before an element to give it its index (the server's `kMaxPaddingAllowed`). */
const maxPadding = 1_500_000;

/** Room for a new field or two, so that most updates fit the first buffer. */
const expectedGrowthBytes = 128;

/** The updated document, or undefined where nothing changed. */
export function applyTree(root: ObjectNode, arrayFilters: ArrayFilters, scope: UpdateScope): RawDocument | undefined {
  const writer = new DocumentWriter(scope.root.end - scope.root.start + expectedGrowthBytes);
  const isChanged = new TreeApplication(writer, scope, arrayFilters).applyToFields(root, scope.root);
  return isChanged ? writer.finish() : undefined;
}

/** One run over one document. Its methods write what they are given, changed or not, and say whether it changed. */
class TreeApplication {
  constructor(
    private readonly writer: DocumentWriter,
    private readonly scope: UpdateScope,
    private readonly arrayFilters: ArrayFilters,
  ) {}

  /** Writes the elements of an object or array into the document that is open in the writer. */
  applyToFields(node: ObjectNode, container: RawValue): boolean {
    const { writer, scope } = this;
    const children = childrenFor(node, scope.arrayIndex, scope.path);
    const isArray = container.type === BsonType.array;
    const waiting: (NamedChild | undefined)[] = [...children];
    let waitingCount = waiting.length;
    let isChanged = false;
    let index = 0;
    let copyFrom = container.start + 4;
    const reader = ElementReader.of(container);
    while (waitingCount > 0 && reader.next()) {
      const position = isArray ? findByIndex(waiting, index) : findByName(waiting, reader);
      index += 1;
      if (position < 0) continue;
      const child = waiting[position]!;
      waiting[position] = undefined;
      waitingCount -= 1;
      writer.appendElements(container.bytes, copyFrom, reader.nameStart - 1);
      copyFrom = reader.valueEnd;
      isChanged = this.applyToChild(child, isArray, reader) || isChanged;
    }
    writer.appendElements(container.bytes, copyFrom, container.end - 1);
    if (waitingCount === 0) return isChanged;
    return this.createFields(waiting, container, index) || isChanged;
  }

  private applyToChild(child: NamedChild, isInArray: boolean, reader: ElementReader): boolean {
    const { path } = this.scope;
    path.push(child.name);
    const isChanged = this.applyToValue(child.node, isInArray ? reader.name() : child.name, reader.value(), isInArray);
    path.pop();
    return isChanged;
  }

  private applyToValue(node: UpdateNode, name: string, current: RawValue, isInArray: boolean): boolean {
    const { writer, scope } = this;
    if (node.kind === 'leaf') {
      const next = node.operator.change(current, scope);
      if (next === undefined) {
        assertMutable(scope.path);
        if (isInArray) writer.append(name, nullValue);
        return true;
      }
      writer.append(name, next);
      if (next === current) return false;
      assertMutable(scope.path);
      assertStorableName(scope);
      return true;
    }
    if (node.kind === 'array') return this.applyToElements(node, name, current);
    if (current.type !== BsonType.object && current.type !== BsonType.array) {
      for (const child of childrenFor(node, scope.arrayIndex, scope.path)) refuseBlockedChild(child, name, current, scope);
      writer.append(name, current);
      return false;
    }
    if (current.type === BsonType.array) writer.openArray(name);
    else writer.openDocument(name);
    const isChanged = this.applyToFields(node, current);
    writer.close();
    return isChanged;
  }

  private applyToElements(node: ArrayNode, name: string, current: RawValue): boolean {
    const { writer, scope } = this;
    if (current.type !== BsonType.array) {
      throw new CommandError('BadValue', `Cannot apply array updates to non-array element ${describeElement(name, current)}`);
    }
    writer.openArray(name);
    let isChanged = false;
    arrayValues(current).forEach((element, index) => {
      const elementName = String(index);
      scope.path.push(elementName);
      const child = this.childFor(node, element);
      if (child === undefined) writer.append(elementName, element);
      else isChanged = this.applyToValue(child, elementName, element, true) || isChanged;
      scope.path.pop();
    });
    writer.close();
    return isChanged;
  }

  /** All of the node's children whose filter the element satisfies, as one. */
  private childFor(node: ArrayNode, element: RawValue): UpdateNode | undefined {
    let merged: UpdateNode | undefined;
    for (const [identifier, child] of node.children) {
      if (identifier !== '' && this.arrayFilters.get(identifier)?.(element) !== true) continue;
      merged = merged === undefined ? child : mergeNodes(merged, child, this.scope.path);
    }
    return merged;
  }

  /** Adds the fields that the container did not have. `length` is the number of elements that it has. */
  private createFields(waiting: readonly (NamedChild | undefined)[], container: RawValue, length: number): boolean {
    const { path } = this.scope;
    let nextIndex = length;
    let isChanged = false;
    for (const child of waiting) {
      if (child === undefined) continue;
      if (container.type === BsonType.array && child.arrayIndex < 0) {
        refuseBlockedChild(child, path.at(-1) ?? '', container, this.scope);
        continue;
      }
      path.push(child.name);
      const value = this.createValue(child.node);
      if (value !== undefined) {
        assertNotUnderId(this.scope);
        assertStorableName(this.scope);
        if (container.type === BsonType.array) this.pad(nextIndex, child.arrayIndex);
        this.writer.append(container.type === BsonType.array ? String(child.arrayIndex) : child.name, value);
        nextIndex = child.arrayIndex + 1;
        isChanged = true;
      }
      path.pop();
    }
    return isChanged;
  }

  private pad(from: number, to: number): void {
    if (to - from > maxPadding) {
      throw new CommandError('CannotBackfillArray', `can't backfill more than ${maxPadding} elements`);
    }
    for (let index = from; index < to; index += 1) this.writer.null(String(index));
  }

  /** The value of a path of which nothing exists yet: new names become objects, numeric ones too. */
  private createValue(node: UpdateNode): RawValue | undefined {
    const { scope } = this;
    if (node.kind === 'leaf') return node.operator.create(scope);
    if (node.kind === 'array') throw missingArray(scope);
    const fields: [string, RawValue][] = [];
    for (const child of childrenFor(node, scope.arrayIndex, scope.path)) {
      scope.path.push(child.name);
      const value = this.createValue(child.node);
      if (value !== undefined) fields.push([child.name, value]);
      scope.path.pop();
    }
    return fields.length === 0 ? undefined : objectValue(fields);
  }
}

function findByName(waiting: readonly (NamedChild | undefined)[], reader: ElementReader): number {
  for (let i = 0; i < waiting.length; i += 1) {
    const child = waiting[i];
    if (child !== undefined && reader.nameEquals(child.nameBytes)) return i;
  }
  return -1;
}

function findByIndex(waiting: readonly (NamedChild | undefined)[], index: number): number {
  for (let i = 0; i < waiting.length; i += 1) {
    if (waiting[i]?.arrayIndex === index) return i;
  }
  return -1;
}
