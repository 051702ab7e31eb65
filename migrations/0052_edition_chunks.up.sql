-- An edition is written in chunks that are named by their own hashes, so that a publication writes only those again
-- that have changed.

alter table editions add column chunks text[];
alter table editions add constraint editions_as_many_chunks_as_parts
    check (chunks is null or cardinality(chunks) = parts);
comment on column editions.chunks is
    'The first half of the SHA-256 of each chunk of its blob, in their order; empty for editions of older versions, '
    'whose parts are named by the hash of the blob.';
