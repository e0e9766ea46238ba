package subject

// Tests that fail, each in another way in which tests fail. They run on the project's Go, from a copy in which each name that begins with
// `must_fail` is another one. What they are part of forgets their failures, so that no run fails by them.

import (
	"reflect"
	"testing"
	"unsafe"
)

func Test_must_fail_tests(t *testing.T) {
	must_fail_each(t, "must_fail_marked", func(t *testing.T) { t.Fail() })
	must_fail_each(t, "must_fail_ended", func(t *testing.T) { t.FailNow() })
	must_fail_each(t, "must_fail_error", func(t *testing.T) { t.Error("as it must") })
	must_fail_each(t, "must_fail_errorf", func(t *testing.T) { t.Errorf("%s", "as it must") })
	must_fail_each(t, "must_fail_fatal", func(t *testing.T) { t.Fatal("as it must") })
	must_fail_each(t, "must_fail_fatalf", func(t *testing.T) { t.Fatalf("%s", "as it must") })
	must_fail_each(t, "must_fail_cleaning", func(t *testing.T) { t.Cleanup(t.Fail) })
	must_fail_each(t, "must_fail_whole", func(t *testing.T) {
		t.Run("must_fail_part", func(t *testing.T) { t.Fail() })
	})
}

func must_fail_each(t *testing.T, name string, test func(*testing.T)) {
	marks := must_fail_marks(t)
	if marks == nil {
		return
	}
	before := make([]bool, len(marks))
	for i, mark := range marks {
		before[i] = *mark
	}
	t.Run(name, test)
	for i, mark := range marks {
		*mark = before[i]
	}
}

// Answer where a test and all that it is part of keep whether they failed; nothing where that is not known, and then none of ours can run.
func must_fail_marks(t *testing.T) []*bool {
	var marks []*bool
	test := reflect.ValueOf(t).Elem()
	for {
		failed, parent := test.FieldByName("failed"), test.FieldByName("parent")
		if !failed.IsValid() || !parent.IsValid() {
			return nil
		}
		marks = append(marks, (*bool)(unsafe.Pointer(failed.UnsafeAddr())))
		if parent.IsNil() {
			return marks
		}
		test = parent.Elem()
	}
}
