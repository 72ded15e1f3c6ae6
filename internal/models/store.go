package models

import (
	"context"
	"encoding/hex"
	"fmt"
	"io"

	"github.com/google/uuid"
	"github.com/uptrace/bun"
)

// StoreValue is one of the few values that belong to the whole store.
type StoreValue struct {
	bun.BaseModel `bun:"table:store,alias:store"`
	Key           string `bun:",pk,type:text"`
	Value         string `bun:",notnull,type:text"`
}

// Keys of the store.
const (
	KeyEpoch      = "epoch"       // names this history of the store; a restore begins another
	KeySetupToken = "setup_token" // hash of the one-time setup link's token
	KeySeal       = "seal"        // secret that seals what the rooms relay before it is on disk
)

// GetStoreValue returns the value of a key.
func GetStoreValue(ctx context.Context, db bun.IDB, key string) (string, error) {
	var value string
	err := db.NewSelect().Model((*StoreValue)(nil)).Column("value").Where("?TableAlias.key = ?", key).Scan(ctx, &value)
	return value, translate(err)
}

// PutStoreValue sets the value of a key.
func PutStoreValue(ctx context.Context, db bun.IDB, key, value string) error {
	_, err := db.NewInsert().Model(&StoreValue{Key: key, Value: value}).
		On("CONFLICT (key) DO UPDATE").
		Set("value = EXCLUDED.value").
		Exec(ctx)
	return translate(err)
}

// TakeStoreValue deletes a key that has the given value: of several that try, one succeeds, the others get ErrNotFound.
func TakeStoreValue(ctx context.Context, db bun.IDB, key, value string) error {
	return one(db.NewDelete().Model((*StoreValue)(nil)).
		Where("?TableAlias.key = ?", key).
		Where("?TableAlias.value = ?", value).
		Exec(ctx))
}

// DeleteStoreValue forgets a key, if it is there.
func DeleteStoreValue(ctx context.Context, db bun.IDB, key string) error {
	_, err := db.NewDelete().Model((*StoreValue)(nil)).Where("?TableAlias.key = ?", key).Exec(ctx)
	return translate(err)
}

// StoreEpoch returns the name of the store's present history. Migrate has given it one.
func StoreEpoch(ctx context.Context, db *DB) (string, error) {
	return GetStoreValue(ctx, db.Read, KeyEpoch)
}

// SealKey returns the secret with which every process over this store seals what its rooms relay. The first that asks
// makes it, of 32 bytes from random.
func SealKey(ctx context.Context, db *DB, random io.Reader) ([]byte, error) {
	fresh := make([]byte, 32)
	if _, err := io.ReadFull(random, fresh); err != nil {
		return nil, fmt.Errorf("make the seal key: %w", err)
	}
	_, err := db.Write.NewInsert().Model(&StoreValue{Key: KeySeal, Value: hex.EncodeToString(fresh)}).
		On("CONFLICT (key) DO NOTHING").
		Exec(ctx)
	if err != nil {
		return nil, fmt.Errorf("store the seal key: %w", translate(err))
	}
	value, err := GetStoreValue(ctx, db.Write, KeySeal)
	if err != nil {
		return nil, fmt.Errorf("read the seal key: %w", err)
	}
	key, err := hex.DecodeString(value)
	if err != nil {
		return nil, fmt.Errorf("read the seal key: %w", err)
	}
	return key, nil
}

// ensureEpoch names the history of a new store.
func ensureEpoch(ctx context.Context, db bun.IDB) error {
	_, err := db.NewInsert().Model(&StoreValue{Key: KeyEpoch, Value: uuid.NewString()}).
		On("CONFLICT (key) DO NOTHING").
		Exec(ctx)
	return translate(err)
}
