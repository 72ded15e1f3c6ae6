package models_test

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
	"github.com/uptrace/bun/schema"

	"grimoire/internal/models"
	"grimoire/internal/models/modelstest"
)

// column is what the models and a database both say about a column.
type column struct {
	Table, Name, Type string
	NotNull, PK       bool
}

// builtColumns asks a database for the columns that the migrations made.
var builtColumns = map[dialect.Name]string{
	dialect.SQLite: `
SELECT t.name AS "table", c.name, c.type, c."notnull" AS not_null, c.pk > 0 AS pk
FROM sqlite_schema AS t, pragma_table_info(t.name) AS c
WHERE t.type = 'table' AND t.name NOT LIKE 'bun_%' AND t.name NOT LIKE 'sqlite_%'`,
	dialect.PG: `
SELECT c.relname AS "table", a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS not_null,
	EXISTS (SELECT FROM pg_index AS i WHERE i.indrelid = c.oid AND i.indisprimary AND a.attnum = ANY (i.indkey)) AS pk
FROM pg_class AS c
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND c.relname NOT LIKE 'bun_%'`,
}

// builtTypes are the names by which a database calls a type that bun calls otherwise.
var builtTypes = map[dialect.Name]map[string]string{
	dialect.SQLite: {"uuid": "text", "jsonb": "text"},
	dialect.PG:     {"timestamptz": "timestamp with time zone"},
}

func TestMigrations_BuildWhatTheModelsSay(t *testing.T) {
	modelstest.Each(t, func(t *testing.T, db *models.DB) {
		name := db.Read.Dialect().Name()
		var built, said []column
		if err := db.Read.NewRaw(builtColumns[name]).Scan(t.Context(), &built); err != nil {
			t.Fatal(err)
		}
		for i := range built {
			built[i].Type = strings.ToLower(built[i].Type)
		}
		for _, row := range models.Tables {
			said = append(said, columnsOf(db.Read, row)...)
		}
		if diff := gocmp.Diff(sorted(said), sorted(built)); diff != "" {
			t.Errorf("the models say (-), the migrations build (+):\n%s", diff)
		}
	})
}

func columnsOf(db *bun.DB, row any) []column {
	table := db.Table(typeOf(row))
	var all []column
	for _, f := range table.Fields {
		all = append(all, column{Table: table.Name, Name: f.Name, Type: typeName(db, f), NotNull: f.NotNull || f.IsPK, PK: f.IsPK})
	}
	return all
}

func typeName(db *bun.DB, f *schema.Field) string {
	said := strings.ToLower(cmp.Or(f.UserSQLType, f.DiscoveredSQLType))
	return cmp.Or(builtTypes[db.Dialect().Name()][said], said)
}

func sorted(columns []column) []column {
	slices.SortFunc(columns, func(a, b column) int {
		return cmp.Or(strings.Compare(a.Table, b.Table), strings.Compare(a.Name, b.Name))
	})
	return columns
}

// builtIndexes and builtReferences ask a database for what its rules are, in words that both share.
var builtIndexes = map[dialect.Name]string{
	dialect.SQLite: `
SELECT t.name || ' ' || CASE i."unique" WHEN 1 THEN 'unique' ELSE 'index' END || ' ' ||
	(SELECT group_concat(c.name, ',') FROM (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno) AS c) AS rule
FROM sqlite_schema AS t, pragma_index_list(t.name) AS i
WHERE t.type = 'table' AND t.name NOT LIKE 'bun_%'`,
	dialect.PG: `
SELECT c.relname || ' ' || CASE WHEN i.indisunique THEN 'unique' ELSE 'index' END || ' ' ||
	(SELECT string_agg(a.attname, ',' ORDER BY k.place)
	 FROM unnest(i.indkey) WITH ORDINALITY AS k (attnum, place)
	 JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = k.attnum) AS rule
FROM pg_index AS i
JOIN pg_class AS c ON c.oid = i.indrelid
WHERE c.relnamespace = 'public'::regnamespace AND c.relname NOT LIKE 'bun_%'`,
}

var builtReferences = map[dialect.Name]string{
	dialect.SQLite: `
SELECT t.name || '.' || f."from" || ' ' || f."table" || ' ' || f.on_delete AS rule
FROM sqlite_schema AS t, pragma_foreign_key_list(t.name) AS f
WHERE t.type = 'table'`,
	dialect.PG: `
SELECT c.conrelid::regclass || '.' || a.attname || ' ' || c.confrelid::regclass || ' ' ||
	CASE c.confdeltype WHEN 'c' THEN 'CASCADE' WHEN 'a' THEN 'NO ACTION' ELSE c.confdeltype::text END AS rule
FROM pg_constraint AS c
JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
WHERE c.contype = 'f'`,
}

func TestMigrations_BuildTheSameRulesOnBothDatabases(t *testing.T) {
	lite, pg := modelstest.SQLite(t), modelstest.Postgres(t)
	for what, queries := range map[string]map[dialect.Name]string{"indexes": builtIndexes, "references": builtReferences} {
		var onLite, onPG []string
		if err := lite.Read.NewRaw(queries[dialect.SQLite]).Scan(t.Context(), &onLite); err != nil {
			t.Fatal(err)
		}
		if err := pg.Read.NewRaw(queries[dialect.PG]).Scan(t.Context(), &onPG); err != nil {
			t.Fatal(err)
		}
		slices.Sort(onLite)
		slices.Sort(onPG)
		if len(onLite) < 5 {
			t.Errorf("found only these %s: %q", what, onLite)
		}
		if diff := gocmp.Diff(onLite, onPG); diff != "" {
			t.Errorf("%s on SQLite (-) and PostgreSQL (+):\n%s", what, diff)
		}
	}
}
