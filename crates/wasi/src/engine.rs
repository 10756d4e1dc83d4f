//! How programs are compiled and run.

use std::path::Path;

use wasmtime::{
    Cache, CacheConfig, Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig, Result,
};

use crate::world::MEMORY;

/// How many instances may live at once: the servers of all runs that are under way.
const INSTANCES: u32 = 1_000;

/// How many bytes of a server's memory stay with the process, for the next one: nearly as much as a
/// small one uses.
const KEPT: usize = 8 << 20;

/// How deep a program's calls may go, in bytes of the stack.
const STACK: usize = 1 << 20;

/// What compiles programs and runs them. What a program is compiled to is kept in the folder
/// `cache`, by its content.
///
/// # Errors
/// If the folder cannot be used.
pub fn engine(cache: &Path) -> Result<Engine> {
    // A machine may refuse to reserve the pool's addresses.
    Engine::new(&config(cache, true)?).or_else(|_| Engine::new(&config(cache, false)?))
}

fn config(cache: &Path, pools: bool) -> Result<Config> {
    let mut config = Config::new();
    config.consume_fuel(true).max_wasm_stack(STACK);
    // The bits of a NaN, and what relaxed instructions do, would depend on the machine.
    config.cranelift_nan_canonicalization(true).relaxed_simd_deterministic(true);
    let mut kept = CacheConfig::new();
    kept.with_directory(cache);
    config.cache(Some(Cache::new(kept)?));
    if pools {
        let mut pool = PoolingAllocationConfig::default();
        pool.total_core_instances(INSTANCES).total_memories(INSTANCES).total_tables(INSTANCES);
        pool.max_memory_size(MEMORY).linear_memory_keep_resident(KEPT);
        pool.max_core_instance_size(1 << 20).table_elements(50_000).table_keep_resident(1 << 20);
        config.allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    }
    Ok(config)
}
