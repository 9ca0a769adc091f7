// A broken desk lamp on a wooden desk: the photo a customer sends with a help desk ticket. With Declare=Intact=1 the same
// lamp when it was new, for the warranty booklet. Needs POV-Ray 3.7 and none of its include files. One unit is one
// centimetre.
#version 3.7;

#declare RandomScratch = seed(4711);
#declare RandomShard = seed(92);

global_settings {
  assumed_gamma 1
  max_trace_level 8
  radiosity { pretrace_start 64/1500 pretrace_end 4/1500 count 70 nearest_count 8 error_bound 0.7 recursion_limit 2 low_error_factor 0.6 gray_threshold 0.1 minimum_reuse 0.01 brightness 1 }
}

camera {
  #ifdef (Intact) location <20, 46, -92> look_at <-4, 18, 6> #else location <7, 49, -90> #end
  right x*3/2
  up y
  #ifndef (Intact) look_at <2, 6.2, -2> #end
  angle 44
}

sky_sphere { pigment { gradient y color_map { [0 rgb <0.55, 0.50, 0.45>*0.35] [0.5 rgb <0.62, 0.64, 0.68>*0.35] [1 rgb <0.8, 0.85, 0.95>*0.35] } scale 2 translate -1 } }

// The window on the left, a warm ceiling lamp far behind the camera.
light_source { <-150, 170, -60> rgb <1.00, 0.96, 0.88>*1.5 area_light <60, 0, 0>, <0, 60, 0>, 6, 6 adaptive 1 jitter circular orient }
light_source { <140, 190, -180> rgb <1.0, 0.80, 0.58>*0.28 area_light <30, 0, 0>, <0, 0, 30>, 4, 4 adaptive 1 jitter }

// ---------------------------------------------------------------------------------------------------------- materials
#macro OakPlank(Shift)
  texture {
    pigment {
      wood
      turbulence <0.05, 0.05, 0.06> octaves 4 omega 0.6 lambda 2.3
      color_map {
        [0.00 rgb <0.40, 0.215, 0.095>]
        [0.25 rgb <0.46, 0.26, 0.12>]
        [0.45 rgb <0.36, 0.185, 0.08>]
        [0.60 rgb <0.50, 0.29, 0.14>]
        [0.85 rgb <0.31, 0.155, 0.065>]
        [1.00 rgb <0.43, 0.235, 0.105>]
      }
      scale <1.5, 1.5, 30>
      rotate <2.2, 90 + 1.5*sin(Shift), 0>
      translate <Shift*37, Shift*3.1 - 4, Shift*11>
    }
    normal { granite 0.07 scale <14, 1, 0.6> }
    finish { diffuse 0.54 + 0.14*mod(Shift*7.13, 1) specular 0.18 roughness 0.03 reflection { 0.015, 0.09 fresnel } conserve_energy }
  }
  texture { // pores and dust
    pigment {
      granite scale <9, 1, 0.35> translate Shift*5
      color_map { [0 rgbt <0.12, 0.06, 0.03, 0.25>] [0.22 rgbt <0.2, 0.1, 0.05, 0.85>] [0.32 rgbt 1] [1 rgbt 1] }
    }
    finish { diffuse 0.6 }
  }
#end

#declare Enamel = texture {
  pigment { granite color_map { [0 rgb <0.018, 0.145, 0.115>] [1 rgb <0.024, 0.17, 0.135>] } scale 3 }
  normal { bumps 0.035 scale 0.35 }
  finish { diffuse 0.75 specular 0.5 roughness 0.008 reflection { 0.03, 0.32 fresnel } conserve_energy }
}
#declare EnamelInside = texture { pigment { rgb <0.82, 0.80, 0.74> } normal { bumps 0.03 scale 0.4 } finish { diffuse 0.8 specular 0.2 roughness 0.02 } }
#declare Steel = texture {
  pigment { rgb <0.50, 0.50, 0.49> }
  normal { granite 0.025 scale 0.8 }
  finish { diffuse 0.25 metallic specular 0.7 roughness 0.02 reflection { 0.45 metallic } }
}
#declare TornSteel = texture { pigment { granite color_map { [0 rgb 0.14] [1 rgb <0.62, 0.58, 0.52>] } scale 0.4 } normal { granite 0.9 scale 0.3 } finish { diffuse 0.6 specular 0.6 roughness 0.04 } }
#declare Brass = texture { pigment { rgb <0.60, 0.42, 0.16> } normal { granite 0.06 scale 0.5 } finish { diffuse 0.3 metallic specular 0.7 roughness 0.02 reflection { 0.35 metallic } } }
#declare Rubber = texture { pigment { rgb 0.022 } normal { bumps 0.12 scale 0.08 } finish { diffuse 0.7 specular 0.12 roughness 0.08 } }
#declare BulbGlass = material {
  texture { pigment { rgbf <0.96, 0.97, 0.96, 0.94> } finish { diffuse 0.05 specular 0.9 roughness 0.002 reflection { 0.05, 0.8 fresnel } conserve_energy } }
  interior { ior 1.5 }
}
#declare Glaze = texture {
  pigment { bozo turbulence 0.6 color_map { [0 rgb <0.74, 0.73, 0.69>] [1 rgb <0.83, 0.82, 0.78>] } scale 4 }
  normal { bumps 0.02 scale 1.2 }
  finish { diffuse 0.75 specular 0.5 roughness 0.006 reflection { 0.02, 0.22 fresnel } conserve_energy }
}
#declare GlazeCracked = texture { Glaze }
texture {
  pigment {
    crackle form <-1, 1, 0> turbulence 0.28 scale <5.2, 6.8, 5.2> translate <1.3, 0.7, 2.2>
    color_map { [0 rgbt <0.10, 0.06, 0.04, 0.0>] [0.012 rgbt <0.16, 0.10, 0.06, 0.1>] [0.03 rgbt <0.3, 0.2, 0.12, 0.8>] [0.05 rgbt 1] [1 rgbt 1] }
  }
}

// --------------------------------------------------------------------------------------------------------------- room
#declare Plank = 0;
#while (Plank < 9)
  box { <-130, -3, -41 + Plank*13.2>, <130, 0, -41 + Plank*13.2 + 13.0> OakPlank(Plank + 0.37) }
  #declare Plank = Plank + 1;
#end
box { <-130, -3.2, -40>, <130, -0.25, 78> pigment { rgb 0.02 } }

plane { -z, -80
  texture {
    pigment { bozo turbulence 0.8 octaves 6 color_map { [0 rgb <0.50, 0.53, 0.53>] [0.6 rgb <0.56, 0.585, 0.575>] [1 rgb <0.60, 0.61, 0.59>] } scale 22 }
    normal { average normal_map { [1 granite 0.28 scale 2.2] [1 bumps 0.3 scale 0.35] } }
    finish { diffuse 0.75 }
  }
}
plane { y, -75 pigment { rgb <0.2, 0.17, 0.15> } finish { diffuse 0.6 } }
box { <-130, 0, 77>, <130, 7, 79> pigment { rgb <0.62, 0.61, 0.58> } finish { diffuse 0.7 specular 0.1 } }

// --------------------------------------------------------------------------------------------------------------- lamp
union { // base
  cylinder { <0, 0, 0>, <0, 0.5, 0>, 9.3 texture { Rubber } }
  cylinder { <0, 0.5, 0>, <0, 2.0, 0>, 9.6 }
  torus { 9.0, 0.6 translate y*2.0 }
  cylinder { <0, 1.4, 0>, <0, 2.6, 0>, 9.0 }
  cone { <0, 2.55, 0>, 3.4, <0, 4.4, 0>, 2.1 }
  torus { 1.8, 0.32 translate y*4.35 texture { Steel } }
  cylinder { <4.8, 2.4, -5.2>, <4.8, 3.5, -5.2>, 1.15 texture { Steel } }
  torus { 1.5, 0.12 translate <4.8, 2.62, -5.2> texture { Brass } }
  texture { Enamel }
  translate <-23, 0, 13>
}

#declare ArmFoot = <-23, 4.4, 13>;
#declare Elbow = <-15.5, 25.5, 16>;
#macro Rod(From, To, Offset, Radius) cylinder { From + Offset, To + Offset, Radius texture { Steel } } #end
Rod(ArmFoot, Elbow, <0, 0, -0.95>, 0.42)
Rod(ArmFoot, Elbow, <0, 0, 0.95>, 0.42)
// spring between the rods
#declare Turn = 0;
union {
  #while (Turn < 46)
    #declare T0 = Turn/46; #declare T1 = (Turn + 1)/46;
    #declare Axis = Elbow - ArmFoot;
    sphere_sweep { linear_spline 5
      #declare K = 0;
      #while (K < 5)
        #declare Tt = T0 + (T1 - T0)*K/4;
        #declare An = Tt*46*2*pi*0.999;
        ArmFoot + Axis*(0.16 + 0.40*Tt) + <cos(An)*0.62, 0, sin(An)*0.62>, 0.11
        #declare K = K + 1;
      #end
    }
    #declare Turn = Turn + 1;
  #end
  texture { Steel }
}
union { // elbow knob
  cylinder { Elbow - z*2.1, Elbow + z*2.1, 1.65 texture { Enamel } }
  cylinder { Elbow - z*3.2, Elbow - z*2.1, 1.25 texture { Rubber } }
  torus { 1.65, 0.14 rotate x*90 translate Elbow - z*2.1 texture { Steel } }
  cylinder { Elbow - z*3.45, Elbow - z*3.15, 0.4 texture { Brass } }
}

#macro TornRod(From, To, Radius, Seed)
  union {
    #local R = seed(Seed);
    #local Direction = vnormalize(To - From);
    #local Side = vnormalize(vcross(Direction, <0.3, 1, 0.2>));
    #local Other = vcross(Direction, Side);
    cylinder { From, To, Radius texture { Steel } }
    disc { To, Direction, Radius*0.98 texture { TornSteel } }
    #local I = 0;
    #while (I < 9)
      #local A = I*2*pi/9 + rand(R)*0.4;
      #local Foot = To + (Side*cos(A) + Other*sin(A))*Radius*0.78 - Direction*0.15;
      cone { Foot, Radius*0.30, Foot + Direction*(0.5 + rand(R)*1.4) + (Side*(rand(R) - 0.5) + Other*(rand(R) - 0.5))*0.7, 0.03 texture { TornSteel } }
      #local I = I + 1;
    #end
  }
#end
#ifdef (Intact)
#declare NewNeck = <8, 41, 4>;
Rod(Elbow, NewNeck, <0, 0, -0.95>, 0.42)
Rod(Elbow, NewNeck, <0, 0, 0.95>, 0.42)
#else
// the stub of the upper arm, torn off and bent
#declare StubEnd = Elbow + <8.2, 1.2, -2.6>;
TornRod(Elbow - z*0.95, StubEnd - z*0.95, 0.45, 11)
TornRod(Elbow + z*0.95, StubEnd + z*0.95 - <2.1, 0.3, -0.6>, 0.45, 23)

// the rest of the upper arm, lying on the desk with the shade
#declare Lying = <37, 1.0, -11>;
#declare Neck = <16.2, 2.8, 3.6>;
TornRod(Neck + <-0.5, 0, -0.7>, Lying + <-0.5, -0.45, -0.7>, 0.45, 37)
TornRod(Neck + <0.5, 0, 0.7>, Lying + <-2.2, -0.35, 1.9>, 0.45, 51)
#end

#declare Dent = sphere { 0, 1 scale <2.1, 3.6, 4.2> rotate z*-26 rotate y*-52 translate <-5.9, 6.2, -7.4> }
#declare Flaking = function { pattern { granite scale 7 } }
#declare Shade = union {
  difference {
    union {
      cone { <0, 0, 0>, 10.2, <0, 11.5, 0>, 4.6 }
      sphere { 0, 1 scale <4.6, 3.6, 4.6> translate y*11.5 }
      torus { 10.2, 0.28 }
      cylinder { <0, 14.4, 0>, <0, 17.6, 0>, 2.2 }
      torus { 2.2, 0.2 translate y*17.6 }
    }
    union {
      cone { <0, -0.6, 0>, 10.2, <0, 11.4, 0>, 4.3 }
      sphere { 0, 1 scale <4.3, 3.3, 4.3> translate y*11.5 }
      texture { EnamelInside }
    }
    #ifndef (Intact) // the dent, and the chip knocked out of the rim
    object { Dent texture { Enamel } }
    box { <-0.9, -0.9, -1.3>, <0.9, 1.5, 1.3> rotate <12, 33, 40> translate <-8.9, 0, -4.7> texture { TornSteel } }
    #end
    texture { Enamel }
  }
  #ifndef (Intact)
  // paint flaked off, bare metal
  intersection {
    cone { <0, 0, 0>, 10.235, <0, 11.5, 0>, 4.635 }
    cone { <0, -0.6, 0>, 10.35, <0, 11.4, 0>, 4.45 inverse }
    isosurface {
      function { Flaking(x, y, z) - 0.43 + (pow(x + 8.6, 2) + pow(y - 2.6, 2) + pow(z + 3.4, 2))*0.013 }
      threshold 0 max_gradient 6 accuracy 0.01
      contained_by { box { <-11.5, 0.2, -11>, <-3, 9.5, 3> } }
    }
    texture { TornSteel }
  }
  intersection {
    cone { <0, 0, 0>, 10.15, <0, 11.5, 0>, 4.55 }
    sphere { 0, 1 scale <2.1, 3.6, 4.2>*1.1 rotate z*-26 rotate y*-52 translate <-5.9, 6.2, -7.4> }
    object { Dent inverse }
    texture { Enamel }
  }
  #end
  // the socket and the bulb, which broke
  cylinder { <0, 7.5, 0>, <0, 13, 0>, 1.5 texture { Rubber } }
  cylinder { <0, 5.4, 0>, <0, 7.6, 0>, 1.28 texture { Brass } normal { gradient y 1.2 scale 0.5 } }
  difference {
    sphere { <0, 2.4, 0>, 3.0 }
    sphere { <0, 2.4, 0>, 2.9 }
    #ifndef (Intact)
    plane { y, 2.9 rotate <14, 0, 21> }
    box { <-2, 2, -4>, <1.2, 4.1, 4> rotate <8, 70, 17> }
    #end
    material { BulbGlass }
  }
  cylinder { <0.5, 5.4, 0>, <1.1, 3.2, 0.3>, 0.07 texture { Steel } }
  cylinder { <-0.5, 5.4, 0>, <-0.9, 3.5, -0.2>, 0.07 texture { Steel } }
  torus { 4.0, 0.1 translate y*13.2 texture { Steel } }
}
// cone half angle atan((10.2-4.6)/11.5) = 26 degrees: lying on its side its axis dips by as much
#ifdef (Intact)
object { Shade translate -y*16 rotate z*28 rotate y*18 translate NewNeck }
#else
object { Shade rotate z*-116 rotate y*-52 translate <6.5, 9.5, -7> }

// shards of the bulb
#declare Count = 0;
#while (Count < 42)
  #declare Angle = rand(RandomShard)*2*pi;
  #declare Far = 1.2 + 13*pow(rand(RandomShard), 1.6);
  #declare Size = 0.22 + 1.15*pow(rand(RandomShard), 2.2);
  intersection {
    difference { sphere { 0, 3.0 } sphere { 0, 2.9 } }
    prism { linear_sweep linear_spline 0, 4, 5, <-0.6, -0.4>*Size, <0.75, -0.5>*Size, <0.35 + rand(RandomShard)*0.4, 0.6>*Size, <-0.4, 0.3 + rand(RandomShard)*0.4>*Size, <-0.6, -0.4>*Size }
    translate -y*2.98
    #if (rand(RandomShard) > 0.5) rotate x*180 translate y*0.12 #else translate y*0.10 #end
    rotate <(rand(RandomShard) - 0.5)*16, rand(RandomShard)*360, (rand(RandomShard) - 0.5)*16>
    translate <1.0 + cos(Angle)*Far*1.15, 0.06, -19.5 + sin(Angle)*Far*0.6>
    material { BulbGlass }
  }
  #declare Count = Count + 1;
#end

// a screw and two washers that came off
union {
  cylinder { <0, 0, 0>, <3.1, 0, 0>, 0.22 texture { Steel } normal { gradient x 2.4 scale 0.16 } }
  difference { cone { <-0.5, 0, 0>, 0.62, <0, 0, 0>, 0.3 } box { <-0.7, -0.09, -1>, <-0.33, 0.09, 1> rotate x*34 } texture { Steel } }
  rotate <0, 38, -4.5> translate <-13, 0.36, -4>
}
difference { cylinder { 0, y*0.12, 0.85 } cylinder { -y, y, 0.42 } texture { Brass } translate <-6.6, 0, -7.4> }
difference { cylinder { 0, y*0.12, 0.85 } cylinder { -y, y, 0.42 } texture { Steel } rotate z*7 translate <-7.9, 0.06, 1> }

// scratches where the shade hit the desk
#declare Count = 0;
#while (Count < 12)
  #declare Where = <12 + rand(RandomScratch)*7, 0.004, -19 - rand(RandomScratch)*4>;
  cylinder { Where, Where + <1.2 + rand(RandomScratch)*3.0, 0, -0.8 + rand(RandomScratch)*1.3>, 0.035 + 0.03*rand(RandomScratch)
    pigment { granite color_map { [0 rgb <0.22, 0.12, 0.06>] [1 rgb <0.66, 0.50, 0.33>] } scale 0.3 } finish { diffuse 0.7 } }
  #declare Count = Count + 1;
#end

#end

// the cable, off the back of the base and over the right edge of the picture
sphere_sweep { b_spline 12
  <-34, 0.4, 18>, 0.36 <-28, 0.4, 21>, 0.36 <-17, 0.38, 27>, 0.36 <-4, 0.38, 22>, 0.36 <7, 0.38, 27>, 0.36 <17, 0.38, 36>, 0.36
  <29, 0.38, 33>, 0.36 <38, 0.38, 22>, 0.36 <50, 0.38, 19>, 0.36 <64, 0.38, 27>, 0.36 <80, 0.38, 30>, 0.36 <95, 0.38, 30>, 0.36
  texture { Rubber }
}

// ----------------------------------------------------------------------------------------------------- mug, card, pencil
#ifndef (Intact)
union {
  difference {
    union { cylinder { <0, 0.6, 0>, <0, 9.7, 0>, 4.2 } cylinder { 0, y*0.7, 3.7 } torus { 3.7, 0.5 translate y*0.6 } torus { 4.05, 0.16 translate y*9.7 } }
    cylinder { <0, 0.9, 0>, <0, 11, 0>, 3.88 texture { Glaze } }
    // the chip in the rim
    sphere { 0, 1 scale <1.5, 1.15, 1.3> translate <-1.5, 10.1, -4.0> texture { pigment { granite color_map { [0 rgb <0.52, 0.40, 0.30>] [1 rgb <0.66, 0.54, 0.43>] } scale 0.5 } normal { granite 0.6 scale 0.4 } finish { diffuse 0.75 } } }
    texture { GlazeCracked }
  }
  intersection {
    torus { 2.75, 0.62 rotate x*90 scale <1, 1.12, 1.25> translate <4.5, 5.3, 0> }
    difference { box { <-1, -10, -10>, <20, 20, 20> } cylinder { -y, y*20, 4.0 } }
    texture { GlazeCracked }
  }
  cylinder { <0, 1, 0>, <0, 6.6, 0>, 3.87
    texture { pigment { bozo turbulence 0.7 color_map { [0 rgb <0.055, 0.022, 0.010>] [1 rgb <0.10, 0.045, 0.02>] } scale 2 } normal { ripples 0.03 scale 2 } finish { diffuse 0.7 specular 0.5 roughness 0.004 reflection { 0.03, 0.5 fresnel } conserve_energy } }
    interior { ior 1.33 }
  }
  rotate y*-24
  translate <35, 0, 12>
}
// a coffee ring
difference { cylinder { <0, 0, 0>, <0, 0.006, 0>, 3.95 } cylinder { <0, -1, 0>, <0, 1, 0>, 3.6 }
  pigment { bozo turbulence 1 scale 2 color_map { [0 rgbt <0.16, 0.07, 0.03, 0.35>] [0.6 rgbt <0.2, 0.1, 0.05, 0.75>] [1 rgbt 1] } }
  finish { diffuse 0.6 specular 0.2 } translate <39.5, 0, 1.5> no_shadow }

#macro Line(Text, Size, X, Y) text { internal 1 Text 0.01, 0 scale <Size, Size, 0.35> rotate x*90 translate <X, 0.075, Y> } #end
union {
  box { <0, 0, -15.5>, <22, 0.05, 0>
    texture { pigment { granite color_map { [0 rgb <0.83, 0.81, 0.74>] [1 rgb <0.88, 0.865, 0.80>] } scale 2 } normal { granite 0.05 scale 0.3 } finish { diffuse 0.78 } } }
  union {
    Line("WARRANTY CARD", 2.0, 1.4, -2.9)
    Line("Lumen Works  -  Desk lamp LW-40", 0.98, 1.4, -4.7)
    Line("Serial  LW40-7731-0926", 0.98, 1.4, -6.1)
    Line("Bought  14 March 2025", 0.98, 1.4, -7.5)
    Line("Keep this card with your receipt. Two years on all", 0.66, 1.4, -9.4)
    Line("moving parts, five years on the enamel. Bulbs and", 0.66, 1.4, -10.4)
    Line("damage from misuse are not covered.", 0.66, 1.4, -11.4)
    pigment { rgb <0.05, 0.055, 0.075> } finish { diffuse 0.6 }
    no_shadow
  }
  box { <1.4, 0.05, -3.5>, <20.6, 0.06, -3.35> pigment { rgb <0.5, 0.09, 0.06> } }
  box { <13.6, 0.05, -14.2>, <20.4, 0.058, -12.2> pigment { rgb <0.09, 0.20, 0.33> } }
  rotate y*9
  translate <-27, 0.02, -13.5>
}
#declare Pencil = union {
  prism { linear_sweep linear_spline 0, 14.5, 7, <0.36, 0>, <0.18, 0.312>, <-0.18, 0.312>, <-0.36, 0>, <-0.18, -0.312>, <0.18, -0.312>, <0.36, 0> texture { pigment { rgb <0.75, 0.36, 0.035> } finish { diffuse 0.75 specular 0.4 roughness 0.01 } } }
  cone { <0, 14.5, 0>, 0.34, <0, 16, 0>, 0.10 pigment { rgb <0.70, 0.52, 0.33> } normal { granite 0.3 scale 0.3 } }
  cone { <0, 16, 0>, 0.10, <0, 16.45, 0>, 0.02 pigment { rgb 0.05 } }
  cylinder { <0, -1.1, 0>, <0, 0, 0>, 0.36 texture { Brass } normal { gradient y 1 scale 0.3 } }
  cylinder { <0, -2.0, 0>, <0, -1.1, 0>, 0.34 pigment { rgb <0.70, 0.27, 0.25> } }
}
object { Pencil rotate z*90 rotate y*-31 translate <31, 0.38, -29> }
#end
