// The architecture as rules: who may import whom. See docs/architecture.md.
const rule = (name, comment, from, to) => ({ name, severity: 'error', comment, from, to });

module.exports = {
  forbidden: [
    rule('no-cycles', 'A cycle hides which side is the lower one.', {}, { circular: true }),
    rule('engine-stands-alone', 'The engine imports no other package of ours.', { path: '^packages/engine/' }, { path: '^packages/(?!engine/)' }),
    rule('api-needs-zod-alone', 'The published SDK depends on zod alone.', { path: '^packages/api/src', pathNot: '\\.test\\.ts$' }, { path: '^(packages/(?!api/)|node_modules/(?!zod/))' }),
    rule('pure-core', 'Rules, matching and aggregation take values and return values.',
      // MD5, which MongoDB's hashed indexes are made of, depends on its bytes alone.
      { path: '^packages/(server/src/domain|engine/src/(bson|query|aggregation))/', pathNot: '(\\.test|/bson/hashed-value)\\.ts$' },
      { dependencyTypes: ['core'], pathNot: '^(node:)?(buffer)$' }),
    rule('pure-core-no-driver', 'No driver in the pure core.',
      { path: '^packages/(server/src/domain|engine/src/(query|aggregation))/', pathNot: '\\.test\\.ts$' },
      { path: 'node_modules/(mongodb|lmdb)/' }),
    rule('orchestration-knows-ports-only', 'Journal, operations and reconciler reach the world through ports.',
      { path: '^packages/server/src/(journal|operations|reconciler)/', pathNot: '\\.test\\.ts$' },
      { path: '^packages/server/src/(adapters|http)/' }),
    rule('http-knows-no-adapter', 'HTTP reaches the world through what main.ts hands it.',
      { path: '^packages/server/src/http/', pathNot: '\\.(test|fixture)\\.ts$' }, { path: '^packages/server/src/adapters/' }),
    rule('commands-are-siblings', 'A command never imports another command.',
      { path: '^packages/engine/src/commands/(?!index\\.ts)', pathNot: '\\.test\\.ts$' },
      { path: '^packages/engine/src/commands/', pathNot: '\\.test\\.ts$' }),
    rule('routes-are-siblings', 'A route never imports another route.',
      { path: '^packages/server/src/http/routes/(?!index\\.ts)', pathNot: '\\.test\\.ts$' },
      { path: '^packages/server/src/http/routes/', pathNot: '\\.test\\.ts$' }),
    rule('operations-are-siblings', 'An operation never imports another operation.',
      { path: '^packages/server/src/operations/(?!index\\.ts)', pathNot: '\\.test\\.ts$' },
      // What all of them are built from is no sibling.
      { path: '^packages/server/src/operations/(?!operation-world)', pathNot: '\\.test\\.ts$' }),
    rule('clients-use-the-api', 'The dashboard reaches the server through the API alone.',
      { path: '^packages/dashboard/' }, { path: '^packages/(server|engine|cli)/' }),
    rule('no-junk-drawers', 'A file is named after what it is about.', {}, { path: '/(utils?|helpers?|common|lib)(/|\\.ts$)', pathNot: 'node_modules' }),
  ],
  options: {
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(/dist/|\\.freehold/)' },
    tsConfig: { fileName: 'tsconfig.tests.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
