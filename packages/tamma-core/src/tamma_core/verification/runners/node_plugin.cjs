/* node:coverage disable */
'use strict';

// Run tests that must fail first and last in each process that `node --test` starts for a file, where that file has tests at all.
// It runs on the project's Node, whatever its version, from a copy in which each name that begins with `must_fail` is another one.

const { createHook } = require('node:async_hooks');
const { basename } = require('node:path');
const { isMainThread } = require('node:worker_threads');

// What the file starts in its turn is not to load this, nor is the file a second time: newer versions name each option twice.
const words = process.execArgv.filter((word) => !word.endsWith(basename(__filename)));
const named = words.length < process.execArgv.length;
if (named && isMainThread && process.env.NODE_TEST_CONTEXT && !words.includes('--test')) {
  process.execArgv.splice(0, Infinity, ...words);
  delete require.cache[__filename];
  withTests(words.includes('--test-only'));
}

function withTests(only) {
  // Tests tell when they are made: the root, then the first of the file's own, before which ours are put. A file without any is left alone.
  const made = [];
  const watch = createHook({
    init(_id, type, _trigger, resource) {
      if (type === 'Test' && made.push(resource) === 2) {
        prove('./must_fail_before.cjs');
      }
    },
  });
  watch.enable();

  // The last run once nothing else is left to do. That the process would end is told afterwards.
  const { emit } = process;
  let waiting = true;
  process.emit = function (event, ...values) {
    if (event !== 'beforeExit' || made.length === 0 || !waiting) {
      return Reflect.apply(emit, this, [event, ...values]);
    }
    waiting = false;
    setImmediate(() => {});
    prove('./must_fail_after.cjs');
    return true;
  };

  function prove(file) {
    watch.enable();
    const at = made.length;
    try {
      require(file)(only, () => {
        // What a file does before and after each of its tests is not for ours.
        Object.assign(made[at]?.hooks ?? {}, { beforeEach: [], afterEach: [] });
      });
    } catch {
      // What is missing from the report says it; the file's tests go on.
    }
    watch.disable();
  }
}
