/* node:coverage disable */
'use strict';

// Tests that fail, each in another way in which tests fail. They run on the project's Node, from a copy in which each name that begins with
// `must_fail` is another one. To be done yet, they make no run fail; what judges them is asked for at the moment at which they run.

const DEMANDS = [
  ['ok', 0],
  ['equal', 1, 2],
  ['notEqual', 1, 1],
  ['strictEqual', 1, 2],
  ['notStrictEqual', 1, 1],
  ['deepEqual', [1], [2]],
  ['notDeepEqual', [1], [1]],
  ['deepStrictEqual', { a: 1 }, { a: 2 }],
  ['notDeepStrictEqual', { a: 1 }, { a: 1 }],
  ['match', 'a', /b/],
  ['doesNotMatch', 'a', /a/],
  ['throws', () => {}],
  ['doesNotThrow', broken],
  ['ifError', new Error('as it must')],
  ['fail'],
];
const LATE_DEMANDS = [
  ['rejects', Promise.resolve()],
  ['doesNotReject', async () => broken()],
];

function broken() {
  throw new Error('as it must');
}

module.exports = (only, alone) => {
  const { before, describe, it, test } = require('node:test');
  const expected = only ? { todo: true, only } : { todo: true };
  describe('must_fail_tests', only ? { only } : {}, () => {
    before(alone);

    it('must_fail_equal', expected, () => {
      require('node:assert').strictEqual(1, 2);
    });

    test('must_fail_demand', expected, (t) => {
      const assert = require('node:assert');
      for (const judge of [assert, assert.strict, t.assert ?? assert]) {
        for (const [name, ...values] of DEMANDS) {
          try {
            judge[name](...values);
          } catch {
            continue;
          }
          return;
        }
      }
      broken();
    });

    it('must_fail_late_demand', expected, async () => {
      for (const [name, ...values] of LATE_DEMANDS) {
        try {
          await require('node:assert')[name](...values);
        } catch {
          continue;
        }
        return;
      }
      broken();
    });

    test('must_fail_imported', expected, async () => {
      const found = await import('node:assert');
      for (const judge of [found, found.default]) {
        try {
          judge.strictEqual(1, 2);
        } catch {
          continue;
        }
        return;
      }
      broken();
    });

    it('must_fail_raising', expected, broken);

    test('must_fail_rejecting', expected, async () => broken());

    it('must_fail_calling', expected, (_, done) => {
      done(new Error('as it must'));
    });
  });
};
