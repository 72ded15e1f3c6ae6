package modelstest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"grimoire/internal/models"
)

// A cluster is a PostgreSQL server that belongs to this process. A shell guards it: its standard input is a pipe
// that only this process holds, so however the process ends, the pipe closes, and the shell stops the
// server and removes its directory. A line in the pipe makes it restart the server.
type cluster struct {
	directory string // of the data and of the socket; short, since a socket's path may hold 104 bytes
	guard     *exec.Cmd
	lifeline  io.WriteCloser // the pipe
	said      *bufio.Reader  // by the guard

	databases atomic.Int64 // made so far
}

const guard = `
cd "$1" || exit
trap '"$2/pg_ctl" -D data -t 600 -m immediate stop >>log 2>&1; cd /; rm -rf "$1"' EXIT
{
	"$2/initdb" -D data -U postgres -A trust -E UTF8 --locale=C --no-sync &&
	"$2/pg_ctl" -D data -w -t 600 -l server.log -o "-k '$1' -c listen_addresses= -c fsync=off -c grimoire.throwaway=yes -c max_connections=200" start
} >log 2>&1 || { cat log server.log; exit; }
echo ready
while read -r _; do
	"$2/pg_ctl" -D data -w -t 600 -m immediate -l server.log restart >>log 2>&1 || { cat log server.log; exit; }
	echo ready
done`

// Databases to make others from.
const (
	emptyTemplate    = "template0"
	migratedTemplate = "grimoire_migrated"
)

// running starts the cluster once; the end of the process stops it.
var running = sync.OnceValues(func() (*cluster, error) {
	c, err := startCluster()
	if err != nil {
		return nil, fmt.Errorf("start a private PostgreSQL: %w", err)
	}
	if err := c.makeTemplate(context.Background()); err != nil {
		return nil, errors.Join(fmt.Errorf("migrate a private PostgreSQL: %w", err), c.stop())
	}
	return c, nil
})

func startCluster() (*cluster, error) {
	binaries, err := findBinaries(debianBinaries)
	if err != nil {
		return nil, err
	}
	directory, err := os.MkdirTemp("/tmp", "grimoire-pg-")
	if err != nil {
		return nil, err
	}
	shell := exec.Command("/bin/sh", "-c", guard, "sh", directory, binaries)
	shell.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // not for the terminal's interrupt
	if os.Getuid() == 0 {
		shell.SysProcAttr.Credential, err = somebodyElse()
		if err == nil {
			err = os.Chown(directory, int(shell.SysProcAttr.Credential.Uid), int(shell.SysProcAttr.Credential.Gid))
		}
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(directory))
	}
	lifeline, err := shell.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := shell.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := shell.Start(); err != nil {
		return nil, errors.Join(err, os.RemoveAll(directory))
	}
	c := &cluster{directory: directory, guard: shell, lifeline: lifeline, said: bufio.NewReader(out)}
	if err := c.ready(); err != nil {
		return nil, errors.Join(err, shell.Wait())
	}
	return c, nil
}

// ready waits until the guard says that the server runs.
func (c *cluster) ready() error {
	line, err := c.said.ReadString('\n')
	if err == nil && line == "ready\n" {
		return nil
	}
	rest, restErr := io.ReadAll(c.said)
	return errors.Join(errors.New(line+string(rest)), err, restErr)
}

// restart ends the server as a crash does, which cuts all connections, and starts it again.
func (c *cluster) restart() error {
	if _, err := io.WriteString(c.lifeline, "restart\n"); err != nil {
		return err
	}
	return c.ready()
}

// stop does what the end of the process would do.
func (c *cluster) stop() error {
	return errors.Join(c.lifeline.Close(), c.guard.Wait())
}

// somebodyElse is who runs the server when the test runs as root, whom PostgreSQL refuses.
func somebodyElse() (*syscall.Credential, error) {
	u, err := user.Lookup("postgres")
	if err != nil {
		u, err = user.Lookup("nobody")
	}
	if err != nil {
		return nil, err
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}

// debianBinaries is where Debian keeps the programs of each version.
const debianBinaries = "/usr/lib/postgresql/*/bin"

// findBinaries returns the directory of initdb and pg_ctl: $PG_BIN, the newest of the pattern, or where the PATH
// has them.
func findBinaries(pattern string) (string, error) {
	candidates, err := filepath.Glob(pattern)
	if err != nil {
		return "", err
	}
	slices.SortFunc(candidates, func(a, b string) int { return version(b) - version(a) })
	if given := os.Getenv("PG_BIN"); given != "" {
		candidates = slices.Insert(candidates, 0, given)
	}
	if initdb, err := exec.LookPath("initdb"); err == nil {
		candidates = append(candidates, filepath.Dir(initdb))
	}
	for _, directory := range candidates {
		if _, err := exec.LookPath(filepath.Join(directory, "initdb")); err == nil {
			return directory, nil
		}
	}
	return "", errors.New("no initdb found: run `make test-deps`, or install PostgreSQL 13 or later " +
		"(Debian: apt-get install --no-install-recommends postgresql) and set PG_BIN to the directory of its programs")
}

// version reads the number in /usr/lib/postgresql/15/bin; what is no number sorts last.
func version(directory string) int {
	n, err := strconv.Atoi(filepath.Base(filepath.Dir(directory)))
	if err != nil {
		return -1
	}
	return n
}

func (c *cluster) url(database string) string {
	return fmt.Sprintf("postgres://postgres@/%s?host=%s", database, c.directory)
}

// makeTemplate migrates a database that others are copied from: quicker than migrating each.
func (c *cluster) makeTemplate(ctx context.Context) error {
	if err := c.exec(ctx, "CREATE DATABASE "+migratedTemplate+" TEMPLATE "+emptyTemplate); err != nil {
		return err
	}
	db, err := models.Open(ctx, c.url(migratedTemplate))
	if err != nil {
		return err
	}
	return errors.Join(db.Migrate(ctx), db.Close())
}

// exec runs a statement about a database whose connections have been closed. The server gives their processes five
// seconds to end, which on a busy machine is not always enough.
func (c *cluster) exec(ctx context.Context, statement string) (err error) {
	conn, err := pgx.Connect(ctx, c.url("postgres"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	const inUse, tries = "55006", 20
	for try := 1; ; try++ {
		_, err = conn.Exec(ctx, statement)
		if refusal := new(pgconn.PgError); try == tries || !errors.As(err, &refusal) || refusal.Code != inUse {
			return err
		}
	}
}

// newDatabase makes a database for one test and returns its URL.
func newDatabase(t testing.TB, template string) string {
	t.Helper()
	c, err := running()
	if err != nil {
		t.Fatal(err)
	}
	name := "test_" + strconv.FormatInt(c.databases.Add(1), 10)
	if err := c.exec(t.Context(), strings.Join([]string{"CREATE DATABASE", name, "TEMPLATE", template}, " ")); err != nil {
		t.Fatalf("make a database: %v", err)
	}
	t.Cleanup(func() {
		if err := c.exec(context.Background(), "DROP DATABASE "+name+" WITH (FORCE)"); err != nil {
			t.Errorf("drop the test's database: %v", err)
		}
	})
	return c.url(name)
}
