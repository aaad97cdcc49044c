# The rows of a comparison: name|connections|depth|unit|options of nfs_load. `unit` is what CPU is counted per: operation,
# MiB or entry. A row ending in "fresh" gets new directories in every round.
bench_rows() {
  cat <<'ROWS'
null-16x1|16|1|operation|--workload null
null-16x8|16|8|operation|--workload null
getattr-16x1|16|1|operation|--workload getattr
getattr-16x8|16|8|operation|--workload getattr
lookup-16x8|16|8|operation|--workload lookup
access-16x8|16|8|operation|--workload access
read4k-8x8|8|8|operation|--workload read --size 4K --files 64 --file-size 1M
read1m-4x4|4|4|MiB|--workload read --size 1M --files 64 --file-size 1M
write4k-8x8|8|8|operation|--workload write --size 4K --file-size 1M
write1m-4x4|4|4|MiB|--workload write --size 1M --files 16 --file-size 1M --pattern sequential
sync4k-4x4|4|4|operation|--workload write --size 4K --file-size 1M --stable file
create-4x8|4|8|operation|--workload create fresh
create-1x1|1|1|operation|--workload create fresh
remove-4x8|4|8|operation|--workload remove --files 20000 fresh
commit64k-1x1|1|1|operation|--workload commit --size 64K --file-size 1M
commit4k-16x4|16|4|operation|--workload commit --size 4K --file-size 1M
small-file-8x4|8|4|operation|--workload small-file fresh
readdirplus-1x4|1|4|entry|--workload readdirplus --size 32K --files 50000
ROWS
}
