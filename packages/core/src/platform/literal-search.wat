;; Finds the next place where one of up to eight groups of literals may begin, 16 places at a time.
;;
;; A byte is taken for the n-th of a literal of group g when bit g is set in two tables: that of its low four bits and that
;; of its high four bits. So a place is one where the same bit is set in all eight tables, for the place itself and the
;; three bytes that follow. That is never wrong about a place that it leaves out; what it finds has to be looked at.
;; (It is "Teddy" of Intel's Hyperscan.)
;;
;; Memory: the tables at 0, in the order low 0, high 0, low 1, ... high 3, of 16 bytes each; the text anywhere behind them.
;; Up to 18 bytes behind $end are read.
(module
  (memory (export "memory") 2)
  ;; Returns the first place at or after $at; any number that is not below $end where there is none.
  (func (export "find") (param $at i32) (param $end i32) (result i32)
    (local $low0 v128) (local $high0 v128) (local $low1 v128) (local $high1 v128)
    (local $low2 v128) (local $high2 v128) (local $low3 v128) (local $high3 v128)
    (local $four_bits v128) (local $bytes v128) (local $found v128)
    (local.set $low0 (v128.load offset=0 (i32.const 0)))
    (local.set $high0 (v128.load offset=16 (i32.const 0)))
    (local.set $low1 (v128.load offset=32 (i32.const 0)))
    (local.set $high1 (v128.load offset=48 (i32.const 0)))
    (local.set $low2 (v128.load offset=64 (i32.const 0)))
    (local.set $high2 (v128.load offset=80 (i32.const 0)))
    (local.set $low3 (v128.load offset=96 (i32.const 0)))
    (local.set $high3 (v128.load offset=112 (i32.const 0)))
    (local.set $four_bits (v128.const i32x4 0x0f0f0f0f 0x0f0f0f0f 0x0f0f0f0f 0x0f0f0f0f))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $bytes (v128.load offset=0 (local.get $at)))
        (local.set $found (v128.and
          (i8x16.swizzle (local.get $low0) (v128.and (local.get $bytes) (local.get $four_bits)))
          (i8x16.swizzle (local.get $high0) (i8x16.shr_u (local.get $bytes) (i32.const 4)))))
        (local.set $bytes (v128.load offset=1 (local.get $at)))
        (local.set $found (v128.and (local.get $found) (v128.and
          (i8x16.swizzle (local.get $low1) (v128.and (local.get $bytes) (local.get $four_bits)))
          (i8x16.swizzle (local.get $high1) (i8x16.shr_u (local.get $bytes) (i32.const 4))))))
        (local.set $bytes (v128.load offset=2 (local.get $at)))
        (local.set $found (v128.and (local.get $found) (v128.and
          (i8x16.swizzle (local.get $low2) (v128.and (local.get $bytes) (local.get $four_bits)))
          (i8x16.swizzle (local.get $high2) (i8x16.shr_u (local.get $bytes) (i32.const 4))))))
        (local.set $bytes (v128.load offset=3 (local.get $at)))
        (local.set $found (v128.and (local.get $found) (v128.and
          (i8x16.swizzle (local.get $low3) (v128.and (local.get $bytes) (local.get $four_bits)))
          (i8x16.swizzle (local.get $high3) (i8x16.shr_u (local.get $bytes) (i32.const 4))))))
        (if (v128.any_true (local.get $found)) (then
          (return (i32.add (local.get $at)
            (i32.ctz (i8x16.bitmask (i8x16.ne (local.get $found) (v128.const i32x4 0 0 0 0))))))))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br $next)))
    (local.get $end)))
