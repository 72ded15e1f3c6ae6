package migrations

import (
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun/dialect"
)

func names(t *testing.T, directory string) []string {
	t.Helper()
	entries, err := fs.ReadDir(files, directory)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

func TestFiles_AreTheSameForBothDatabases(t *testing.T) {
	if diff := cmp.Diff(names(t, "sqlite"), names(t, "postgres")); diff != "" {
		t.Errorf("sqlite/ (-) and postgres/ (+) differ:\n%s", diff)
	}
}

func TestFiles_AreTransactionsInPairsWithNumbersOfTheirOwn(t *testing.T) {
	all := names(t, "sqlite")
	pattern := regexp.MustCompile(`^(\d{4})_[a-z_]+\.tx\.(up|down)\.sql$`)
	numbers := map[string]string{}
	for _, name := range all {
		m := pattern.FindStringSubmatch(name)
		if m == nil {
			t.Errorf("%s is not called NNNN_words.tx.up.sql or .tx.down.sql", name)
			continue
		}
		stem := strings.SplitN(name, ".", 2)[0]
		if other, taken := numbers[m[1]]; taken && other != stem {
			t.Errorf("%s and %s have the same number", other, stem)
		}
		numbers[m[1]] = stem
		for _, direction := range []string{"up", "down"} {
			if pair := stem + ".tx." + direction + ".sql"; !slices.Contains(all, pair) {
				t.Errorf("%s has no %s", name, pair)
			}
		}
	}
}

func TestFor_ReturnsEveryPairInOrder(t *testing.T) {
	for name, directory := range directories {
		steps, err := For(name)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, s := range steps {
			stem := s.Number + "_" + s.Words
			got = append(got, stem+".tx.down.sql", stem+".tx.up.sql")
			if !strings.Contains(s.Up, "CREATE TABLE") || !strings.Contains(s.Down, "DROP TABLE") {
				t.Errorf("%s: step %s goes up by\n%s\nand down by\n%s", directory, s.Number, s.Up, s.Down)
			}
		}
		if diff := cmp.Diff(names(t, directory), got); diff != "" {
			t.Errorf("%s: files (-) and steps (+) differ:\n%s", directory, diff)
		}
	}
}

func TestFor_RefusesAnotherDatabase(t *testing.T) {
	if _, err := For(dialect.MySQL); err == nil {
		t.Error("got migrations for a database that has none")
	}
}
