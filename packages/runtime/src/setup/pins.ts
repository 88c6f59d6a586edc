/** A wheel to fetch: a project, its version, and the hash of the one file that is accepted. */
export interface PinnedWheel {
  readonly project: string;
  readonly version: string;
  readonly sha256: string;
}

/** What a set-up fetches on one platform, and the platform tags that its wheels carry. */
export interface PinnedBuild {
  readonly platformTags: readonly string[];
  readonly wheels: readonly PinnedWheel[];
}

const tensorflow = '2.21.0';

/**
 * The only place that names what is fetched. The CUDA wheels are those that the `and-cuda` extra of the `tensorflow`
 * wheel asks for, at the newest versions that it allows.
 */
export const pins: {
  readonly tensorflow: string;
  readonly builds: Readonly<Record<string, PinnedBuild | undefined>>;
} = {
  tensorflow,
  builds: {
    'cpu-linux-x64': {
      platformTags: ['manylinux_2_27_x86_64'],
      wheels: [
        {
          project: 'tensorflow-cpu',
          version: tensorflow,
          sha256: 'dcc8afd32930e42d5296b6ee19078b773706830af4ea97fbe503b9f5e0f820cb',
        },
      ],
    },
    'cpu-linux-arm64': {
      platformTags: ['manylinux_2_27_aarch64'],
      wheels: [
        {
          project: 'tensorflow',
          version: tensorflow,
          sha256: 'b07d15737406533898e36c7ef7944b1be18e9028dc521b9229952c537bbc5552',
        },
      ],
    },
    'cpu-darwin-arm64': {
      platformTags: ['macosx_12_0_arm64'],
      wheels: [
        {
          project: 'tensorflow',
          version: tensorflow,
          sha256: '56ecd7d47429acbe1df2694d50b75bf9fc3995ac92cb367cd9af6c4780ead712',
        },
      ],
    },
    'gpu-linux-x64': {
      platformTags: ['manylinux_2_27_x86_64', 'manylinux_2_25_x86_64', 'manylinux2014_x86_64'],
      wheels: [
        {
          project: 'tensorflow',
          version: tensorflow,
          sha256: 'b3b95643c4e70eb925839938fb35cbe142f317ec84af6844ee61513713bb13c0',
        },
        {
          project: 'nvidia-cublas-cu12',
          version: '12.9.3.13',
          sha256: 'd7d51055f161b317c7105ddaae90e71eda059026074ffef93cf7cde2886bfe72',
        },
        {
          project: 'nvidia-cuda-cupti-cu12',
          version: '12.9.79',
          sha256: '096bcf334f13e1984ba36685ad4c1d6347db214de03dbb6eebb237b41d9d934f',
        },
        {
          project: 'nvidia-cuda-nvcc-cu12',
          version: '12.9.86',
          sha256: '5d6a0d32fdc7ea39917c20065614ae93add6f577d840233237ff08e9a38f58f0',
        },
        {
          project: 'nvidia-cuda-nvrtc-cu12',
          version: '12.9.86',
          sha256: '210cf05005a447e29214e9ce50851e83fc5f4358df8b453155d5e1918094dcb4',
        },
        {
          project: 'nvidia-cuda-runtime-cu12',
          version: '12.9.79',
          sha256: '25bba2dfb01d48a9b59ca474a1ac43c6ebf7011f1b0b8cc44f54eb6ac48a96c3',
        },
        {
          project: 'nvidia-cudnn-cu12',
          version: '9.28.0.42',
          sha256: '9ff58b7f36dacd0a93e89f8f2957b52466889217963701daa15e577317cfa375',
        },
        {
          project: 'nvidia-cufft-cu12',
          version: '11.4.1.4',
          sha256: 'c67884f2a7d276b4b80eb56a79322a95df592ae5e765cf1243693365ccab4e28',
        },
        {
          project: 'nvidia-curand-cu12',
          version: '10.3.10.19',
          sha256: '49b274db4780d421bd2ccd362e1415c13887c53c214f0d4b761752b8f9f6aa1e',
        },
        {
          project: 'nvidia-cusolver-cu12',
          version: '11.7.5.82',
          sha256: '15da72d1340d29b5b3cf3fd100e3cd53421dde36002eda6ed93811af63c40d88',
        },
        {
          project: 'nvidia-cusparse-cu12',
          version: '12.5.10.65',
          sha256: '73060ce019ac064a057267c585bf1fd5a353734151f87472ff02b2c5c9984e78',
        },
        {
          project: 'nvidia-nccl-cu12',
          version: '2.32.3',
          sha256: 'bb94b2348e4861d5e8aa00b36c3d12d9bdf9c6369b82cbb723de0b582280a21c',
        },
        {
          project: 'nvidia-nvjitlink-cu12',
          version: '12.9.86',
          sha256: 'e3f1171dbdc83c5932a45f0f4c99180a70de9bd2718c1ab77d14104f6d7147f9',
        },
      ],
    },
  },
};
